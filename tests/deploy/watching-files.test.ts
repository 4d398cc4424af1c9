import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { createMetrics } from '../../src/adapters/telemetry/metrics.ts'
import { minute } from '../support/builders.ts'

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const rules = textOf('deploy/prometheus/rules.yml')
const dashboard = textOf('deploy/grafana/shouyin.json')

/** Every name that can be asked for, those of a histogram's parts among them. */
let told: ReadonlySet<string>
/** As they are declared. */
let declared: readonly string[]

beforeAll(async () => {
  const metrics = createMetrics({ clock: fixedClock({ at: minute(0) }), version: '0.0.0' })
  metrics.watchBacklog(createMemoryStore().backlog)
  metrics.watchCircuits(() => false)
  const types = [...(await metrics.text()).matchAll(/^# TYPE (\w+) (\w+)$/gm)]
  declared = types.map(([, name = '']) => name)
  told = new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
})

const namesIn = (text: string): readonly string[] => text.match(/\b(?:shouyin|process|nodejs)_[a-z0-9_]+/g) ?? []
const unknownIn = (text: string) => namesIn(text).filter((name) => !told.has(name))

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }
const panels: readonly Panel[] = JSON.parse(dashboard).panels // As Grafana wrote it; what is read of it is checked.

describe('the files for those who watch the service', () => {
  it('ask for nothing in an alert that the service does not tell', () => {
    expect(namesIn(rules).length).toBeGreaterThan(30)
    expect(unknownIn(rules)).toEqual([])
  })

  it('ask for nothing in a panel that the service does not tell', () => {
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n')
    expect(namesIn(asked).length).toBeGreaterThan(30)
    expect(unknownIn(asked)).toEqual([])
  })

  it('show everything on the dashboard that is told of the business', () => {
    const shown = namesIn(dashboard)
    const missing = declared.filter((name) => name.startsWith('shouyin_') && !shown.some((one) => one.startsWith(name)))
    expect(missing).toEqual([])
  })

  it('say of each alert in Chinese and English what it is, and how bad', () => {
    const alerts = rules.split('- alert:').slice(1)
    expect(alerts.length).toBeGreaterThan(20)
    for (const alert of alerts) {
      expect(alert).toMatch(/severity: (critical|warning|info)/)
      expect(alert).toMatch(/summary: '[^\n]*\p{Script=Han}[^\n]*\([^\n]*[a-z]{3}[^\n]*\)'/u)
    }
  })
})
