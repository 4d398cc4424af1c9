import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser'

const forbid = (
  name: string,
  from: string,
  to: Extract<IForbiddenRuleType, { to: unknown }>['to'],
): IForbiddenRuleType => ({
  name,
  severity: 'error',
  from: { path: from },
  to,
})

/** A ring may know itself and the rings inside it. */
const ring = (name: string, ...inner: readonly string[]): IForbiddenRuleType =>
  forbid(`${name}-points-inwards`, `^src/${name}/`, {
    path: '^src/',
    pathNot: [name, ...inner].map((to) => `^src/${to}/`),
  })

const pure = (name: string): IForbiddenRuleType =>
  forbid(`${name}-is-pure`, `^src/${name}/`, {
    dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-no-pkg'],
    pathNot: 'node_modules/neverthrow/',
  })

const strangers = (path: string): IForbiddenRuleType =>
  forbid(`${path}-are-strangers`, `^src/${path}/([^/]+)/`, {
    path: `^src/${path}/[^/]+/`,
    pathNot: `^src/${path}/$1/`,
  })

/** The dependency rule: domain ← application ← adapters ← main, and no adapter knows another. */
export const rules: IConfiguration = {
  forbidden: [
    ring('domain'),
    ring('application', 'domain'),
    ring('adapters', 'domain', 'application'),
    pure('domain'),
    pure('application'),
    strangers('adapters'),
    strangers('adapters/gateways'),
    forbid('inversify-in-main', '^src/(?!main/)', { path: 'node_modules/inversify/' }),
    forbid('starts-no-program', '^src/', { path: '^(node:)?(child_process|cluster|vm|repl|inspector)(/|$)' }),
    forbid('no-cycles', '^src/', { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('all-resolve', '.', { couldNotResolve: true }),
  ],
}

export const cruiseOptions = {
  ruleSet: rules,
  validate: true,
  doNotFollow: { path: 'node_modules' },
  // Else a forbidden `import type` passes unseen, and so does an ESM-only package without the resolve options.
  tsPreCompilationDeps: true,
} as const

export const resolveOptions = {
  exportsFields: ['exports'],
  conditionNames: ['import', 'node', 'default'],
  extensions: ['.ts', '.js', '.mjs', '.json'],
}
