import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toNodeHandler } from 'calweave/server'
import express, { type Express, type Request as ExpressRequest, Router } from 'express'
import { assets } from './assets.js'
import type { Fakes } from './fakes/services.js'
import { onlyAt, sameOriginOnly, securityHeaders } from './headers.js'
import { pages } from './page.js'
import { type Lasting, type Running, watchCalendars } from './running.js'
import { cookieOptions, type Session } from './session.js'
import type { Trouble } from './troubles.js'

/** What the app is made of. */
export interface AppOptions {
  readonly lasting: Lasting
  readonly lives: { readonly now: Running }
  /** Whom one may sign in as. */
  readonly people: readonly { readonly id: string; readonly name: string }[]
  readonly troubles: readonly Trouble[]
  readonly fakes: Fakes | undefined
}

/** The Express app: the door of calweave, a sign-in for the demo, the pages. */
export async function app({ lasting, lives, people, troubles, fakes }: AppOptions): Promise<Express> {
  const folder = await pages()
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const web = express()
  web.disable('x-powered-by')
  web.use(onlyAt(lasting.origin), securityHeaders)

  web.use(
    '/calweave',
    toNodeHandler((request) => lives.now.handle(request)),
  )

  const demo = Router()
  demo.use(express.json({ limit: '10kb' }), sameOriginOnly, (_request, response, next) => {
    response.set('cache-control', 'no-store')
    next()
  })
  demo.get('/session', (request, response) => {
    const session = sessionOf(request)
    const person = people.find(({ id }) => id === session?.userId)
    response.json({ people, ...(person ? { person } : {}), hasTroubles: troubles.length > 0 })
  })
  demo.post('/session', (request, response) => {
    const person = people.find(({ id }) => id === (request.body as { userId?: unknown } | undefined)?.userId)
    if (!person) return void response.status(400).json({ title: 'There is nobody of this name.' })
    response.cookie(lasting.sessions.cookie, lasting.sessions.open(person.id), {
      ...cookieOptions,
      secure: lasting.origin.startsWith('https:'),
    })
    response.json({ people, person, hasTroubles: troubles.length > 0 })
  })
  demo.delete('/session', (_request, response) => {
    response.clearCookie(lasting.sessions.cookie, { path: '/' }).json({ people, hasTroubles: troubles.length > 0 })
  })
  demo.use((request, response, next) => {
    if (sessionOf(request)) next()
    else response.status(401).json({ title: 'Choose who you are first.' })
  })
  demo.post('/watches', async (request, response) => {
    await watchCalendars(lives.now, sessionOf(request)?.userId ?? '')
    response.json({})
  })
  demo.get('/troubles', (_request, response) => {
    response.json({ troubles: troubles.map(({ id, title, words, watchFor }) => ({ id, title, words, watchFor })) })
  })
  demo.post('/troubles/:id', async (request, response) => {
    const trouble = troubles.find(({ id }) => id === request.params['id'])
    if (!trouble) return void response.status(404).json({ title: 'There is no such switch.' })
    response.json({ said: await trouble.begin(sessionOf(request)?.userId ?? '') })
  })
  web.use('/demo', demo)

  if (fakes)
    for (const [name, login] of Object.entries(fakes.logins))
      web.all(
        `/accounts/${name}/authorize`,
        sameOriginNavigation,
        toNodeHandler((request) => login.page(request)),
      )

  web.use(await assets(folder))
  web.get('/{*path}', (request, response) => {
    if (request.accepts('html') && !/\.\w+$/.test(request.path))
      response.set('cache-control', 'no-store').type('html').send(page)
    else response.status(404).type('text').send('There is nothing here.')
  })
  return web

  function sessionOf(request: ExpressRequest): Session | undefined {
    return lasting.sessions.read(request.headers.cookie)
  }
}

/** A form of another site must not say yes in somebody's name. */
const sameOriginNavigation = ((request, response, next) =>
  request.method === 'POST' ? sameOriginOnly(request, response, next) : next()) satisfies express.RequestHandler
