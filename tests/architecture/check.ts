import { globSync } from 'node:fs'
import { examine } from './cruise.ts'

const { modules, violations } = await examine(process.cwd())
const files = globSync('src/**/*.{ts,js}').length
for (const { rule, from, to } of violations) console.error(`${rule}: ${from} → ${to}`)
console.log(`${modules} of ${files} modules examined, ${violations.length} violations`)
// A cruiser that can't parse TypeScript passes everything: it must have seen every file.
process.exitCode = violations.length === 0 && modules === files ? 0 : 1
