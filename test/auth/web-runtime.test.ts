import { createContext, Script } from 'node:vm'
import { expect, test } from 'vitest'
import { bundle } from '../house/bundle.js'

/** Runs inside: seals, opens, begins a sign-in and completes it, with nothing but the web platform. */
const host = `
import { googleOAuth, microsoftOAuth, vault } from './src/auth/index.ts'

export async function signIn(key) {
  const sealing = vault({ keys: { one: key }, current: 'one' })
  const place = { user: 'ada', connection: 'work', field: 'credentials' }
  const sealed = await sealing.seal('token', place)
  const app = { clientId: 'app', clientSecret: 'secret', redirectUri: 'https://app.example.org/cb' }
  const asked = []
  const client = googleOAuth({
    ...app,
    fetch: async (input, init) => {
      asked.push(new Request(input, init).url)
      const body = JSON.stringify({ error: 'invalid_grant' })
      return new Response(body, { status: 400, headers: { 'content-type': 'application/json' } })
    },
  })
  const { urlWith } = await client.begin({ mode: 'read' })
  const refused = await client.refresh({ refreshToken: 'r' }).then(() => 'nothing', (error) => error.code)
  const other = await microsoftOAuth(app).begin({ mode: 'write' })
  return JSON.stringify({
    opened: await sealing.open(sealed, place),
    hosts: [urlWith('s'), other.urlWith('s')].map((url) => new URL(url).host),
    refused,
    asked,
  })
}
`

const webGlobals = [
  ...[
    'AbortController',
    'AbortSignal',
    'DOMException',
    'Event',
    'EventTarget',
    'FormData',
    'Headers',
    'ReadableStream',
  ],
  ...['Request', 'Response', 'TextDecoder', 'TextEncoder', 'TransformStream', 'URL', 'URLSearchParams'],
  ...['WritableStream', 'atob', 'btoa', 'clearTimeout', 'crypto', 'fetch', 'performance', 'setTimeout', 'Uint8Array'],
  ...['ArrayBuffer', 'Blob', 'CryptoKey', 'structuredClone'],
]

test('a runtime without anything of Node seals, signs in and understands a refusal', async () => {
  const { code, packages } = await bundle(host)
  const given = Object.fromEntries(webGlobals.map((name) => [name, Reflect.get(globalThis, name)]))
  const context = createContext(given, { codeGeneration: { strings: false, wasm: false } })
  new Script(code).runInContext(context)
  const signIn = new Script('calweave.signIn').runInContext(context) as (key: string) => Promise<string>
  expect(JSON.parse(await signIn(btoa('0123456789abcdef0123456789abcdef')))).toEqual({
    opened: 'token',
    hosts: ['accounts.google.com', 'login.microsoftonline.com'],
    refused: 'auth_expired',
    asked: ['https://oauth2.googleapis.com/token'],
  })
  expect(packages).toEqual(['ipaddr.js', 'ky', 'oauth4webapi', 'zod'])
})
