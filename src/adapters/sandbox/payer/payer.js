// The pages work without this file: it only keeps them fresh and hands the payer back to the merchant.

const REFRESH_MS = 2000
const LEAVE_MS = 1200

const refresh = async (live) => {
  if (document.hidden || live.contains(document.activeElement)) return
  const response = await fetch(location.href)
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('[data-live]')
  if (fresh !== null && fresh.innerHTML !== live.innerHTML) live.innerHTML = fresh.innerHTML
}

const showConnection = (offline) => document.documentElement.toggleAttribute('data-offline', offline)

const live = document.querySelector('[data-live]')
if (live !== null)
  setInterval(() => {
    refresh(live).then(
      () => showConnection(false),
      () => showConnection(true),
    )
  }, REFRESH_MS)

// A second click must not send the form again.
addEventListener('submit', ({ target }) => {
  setTimeout(() => {
    for (const button of target.querySelectorAll('button')) button.disabled = true
  })
})

const onwards = document.querySelector('a[data-leave]')
if (onwards !== null) setTimeout(() => location.assign(onwards.href), LEAVE_MS)
