import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Before anything is loaded, and so in JavaScript.

// A bill of a million rows passes through: what is cleared away often takes less room, and is still at hand.
if (process.argv[2] === 'reconcile') {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--max-semi-space-size=1')
  setFlagsFromString('--heap-growing-percent=30')
}

// What was read and compiled once need not be again; what these flags compiled is kept apart.
enableCompileCache()
