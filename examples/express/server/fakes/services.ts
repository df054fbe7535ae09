import type { CalendarProvider } from 'calweave'
import { googleOAuth, microsoftOAuth } from 'calweave/auth'
import { caldavProvider } from 'calweave/providers/caldav'
import { googleProvider } from 'calweave/providers/google'
import { icloudProvider } from 'calweave/providers/icloud'
import { microsoftProvider } from 'calweave/providers/microsoft'
import {
  type FakeGoogle,
  type FakeGoogleAccount,
  type FakeIcloud,
  type FakeIcloudAccount,
  type FakeMicrosoft,
  type FakeMicrosoftAccount,
  fakeGoogle,
  fakeIcloud,
  fakeMicrosoft,
} from 'calweave/testing'
import type { DemoClock } from '../clock.js'
import type { Life } from '../life.js'
import type { Services } from '../services.js'
import { type AuthorizationServer, authorizationServer } from './authorization-server.js'

/** The address that the fakes believe to send notices to; they are carried to the door of this process. */
export const pushOrigin = 'https://calweave.example'

/** A CalDAV server that is nobody's but this demo's. */
export const davServer = 'https://dav.allotment.example/'

/** All services of the demo, in this process, and what their owners and users can do to them. */
export interface Fakes {
  readonly google: FakeGoogle
  readonly microsoft: FakeMicrosoft
  readonly icloud: FakeIcloud
  readonly dav: FakeIcloud
  readonly logins: { readonly google: AuthorizationServer; readonly microsoft: AuthorizationServer }
  addGoogle(email: string, name: string): FakeGoogleAccount
  addMicrosoft(email: string, name: string): FakeMicrosoftAccount
  addIcloud(username: string, password: string, calendars: readonly string[]): FakeIcloudAccount
  addDav(username: string, password: string, calendars: readonly string[]): FakeIcloudAccount
  /** What one life of the process works with. */
  services(life: Life): Services
}

/**
 * Makes the services. What they do is what the library's own tests hold to the real ones' documentation.
 *
 * @param deliver - takes the notices that the services send
 */
export function fakeServices(
  origin: string,
  clock: DemoClock,
  deliver: (request: Request) => Promise<Response>,
): Fakes {
  const { now } = clock
  const carrier: typeof fetch = async (input, init) => deliver(new Request(input, init))
  const google = fakeGoogle({ now, deliver: carrier })
  const microsoft = fakeMicrosoft({ now, deliver: carrier })
  const [icloud, dav] = [fakeIcloud(), fakeIcloud()]
  const logins = {
    google: authorizationServer({
      ...{
        name: 'Google (a fake)',
        issuer: `${origin}/accounts/google`,
        clientId: 'calweave-demo',
        now,
        rotates: false,
      },
      redirectUri: `${origin}/calweave/sign-ins/callback/google`,
      words: [
        [/calendarlist/, 'See the list of your calendars'],
        [/calendar\.events$/, 'See and change the events in all of your calendars'],
        [/calendar\.events\.readonly$/, 'See the events in all of your calendars'],
        [/freebusy$/, 'See when you are busy'],
      ],
    }),
    microsoft: authorizationServer({
      ...{
        name: 'Microsoft (a fake)',
        issuer: `${origin}/accounts/microsoft`,
        clientId: 'calweave-demo',
        now,
        rotates: true,
      },
      redirectUri: `${origin}/calweave/sign-ins/callback/microsoft`,
      words: [
        [/^Calendars\.ReadWrite$/, 'See and change the events in all of your calendars'],
        [/^Calendars\.Read$/, 'See the events in all of your calendars'],
        [/^Calendars\.ReadBasic$/, 'See when you are busy'],
        [/^offline_access$/, 'Go on doing so while you are away'],
      ],
    }),
  }

  const fakes: Fakes = {
    ...{ google, microsoft, icloud, dav, logins },
    addGoogle(email, name) {
      const account = google.addAccount({ email })
      logins.google.add(signIn(account, name))
      return account
    },
    addMicrosoft(email, name) {
      const account = microsoft.addAccount({ email, name })
      logins.microsoft.add(signIn(account, name))
      return account
    },
    addIcloud: (username, password, calendars) => icloud.addAccount({ username, password, calendars }),
    addDav: (username, password, calendars) => dav.addAccount({ username, password, calendars }),
    services: (life) => servicesOf(fakes, origin, clock, life),
  }
  return fakes
}

function servicesOf(fakes: Fakes, origin: string, clock: DemoClock, life: Life): Services {
  const { now } = clock
  const slow = (fetch: typeof globalThis.fetch, latencyMs: number) => life.fetch(slowly(fetch, latencyMs, clock))
  const app = (name: 'google' | 'microsoft') => {
    const { endpoints, fetch } = fakes.logins[name]
    return {
      clientId: 'calweave-demo',
      redirectUri: `${origin}/calweave/sign-ins/callback/${name}`,
      server: { issuer: `${origin}/accounts/${name}`, endpoints },
      fetch: life.fetch(fetch),
      // Without TLS, as it never leaves this machine.
      allowedHosts: [new URL(origin).host],
      now,
    }
  }
  const providers: readonly CalendarProvider[] = [
    googleProvider({ fetch: slow(fakes.google.fetch, 90), now }),
    microsoftProvider({ fetch: slow(fakes.microsoft.fetch, 140), now }),
    icloudProvider({ fetch: slow(fakes.icloud.fetch, 160), now }),
    caldavProvider({ fetch: slow(davOnly(fakes.dav), 60), now }),
  ]
  return {
    providers,
    oauth: { google: googleOAuth(app('google')), microsoft: microsoftOAuth(app('microsoft')) },
    pushOrigin,
    hints: {
      icloud: 'In this demo: mara.lindt@icloud.example and the app password abcd-efgh-ijkl-mnop.',
      caldav: `In this demo: ${davServer} with the user name mara and the password garden-gate.`,
    },
  }
}

/** The demo has one CalDAV server; every other address is not there. */
function davOnly({ fetch }: FakeIcloud): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    if (new URL(request.url).host === new URL(davServer).host) return fetch(request)
    throw new TypeError('There is no such server in this demo.')
  }
}

/** A service takes its time to answer, now a little more and now a little less. */
function slowly(fetch: typeof globalThis.fetch, latencyMs: number, clock: DemoClock): typeof globalThis.fetch {
  return async (input, init) => {
    await clock.pass(latencyMs * (0.5 + Math.random()))
    return fetch(input, init)
  }
}

function signIn(
  account: { readonly email: string; readonly token: string | null; renew(token: string): void },
  name: string,
) {
  return {
    email: account.email,
    name,
    get token() {
      return account.token
    },
    renew: (token: string) => account.renew(token),
  }
}
