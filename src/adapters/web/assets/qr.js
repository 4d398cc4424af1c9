// @ts-check
import { encode } from 'uqr'

const SVG = 'http://www.w3.org/2000/svg'

/** Only what the gateways hand out is drawn: a wallet's own scheme or a web address, in plain characters. */
export const isScannable = (/** @type {unknown} */ codeUrl) =>
  typeof codeUrl === 'string' && /^(weixin|https?):\/\/[\x21-\x7e]{1,1024}$/.test(codeUrl)

/**
 * The dark squares as one path, run by run, with the quiet zone of four that scanners expect.
 * @type {(codeUrl: string) => { readonly size: number, readonly path: string }}
 */
export const qrPath = (codeUrl) => {
  const { data } = encode(codeUrl, { ecc: 'M', border: 4 })
  const rows = data.map((row, y) => {
    const line = row.map((dark) => (dark ? '#' : '.')).join('')
    return Array.from(
      line.matchAll(/#+/g),
      ({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`,
    ).join('')
  })
  return { size: data.length, path: rows.join('') }
}

/** @type {(codeUrl: string, label: string) => SVGSVGElement} */
export const qrImage = (codeUrl, label) => {
  const { size, path } = qrPath(codeUrl)
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  svg.setAttribute('shape-rendering', 'crispEdges')
  const dark = document.createElementNS(SVG, 'path')
  dark.setAttribute('d', path)
  svg.append(dark)
  return svg
}
