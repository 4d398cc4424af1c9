import { readFileSync } from 'node:fs'
import type { CashierAsset } from './deps.ts'

/** The API's reference, readable: Swagger UI from its package, nothing from outside. */
export const docsHtml = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>收银 · API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/docs/favicon-32x32.png" type="image/png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const START = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
})
`

const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const

let files: ReadonlyMap<string, CashierAsset> | undefined

/** The few files the page asks for, read when the first one is asked for. */
export const docsFiles = (): ReadonlyMap<string, CashierAsset> => {
  files ??= new Map([
    ...Object.entries(FILES).map(([name, type]) => [name, { type, body: read(name), immutable: false }] as const),
    ['start.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from(START), immutable: false }] as const,
  ])
  return files
}

const read = (name: string): Buffer => readFileSync(new URL(import.meta.resolve(`swagger-ui-dist/${name}`)))
