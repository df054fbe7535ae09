import type { Calendar, SyncEngine, UserHandle } from 'calweave'
import type { FakeGoogleAccount, FakeIcloudAccount, FakeMicrosoftAccount } from 'calweave/testing'
import { davServer, type Fakes } from '../fakes/services.js'
import type { Entry, Week } from './entry.js'
import { allotment, idris, idrisAtHome, idrisAtWork } from './idris.js'
import { mara, maraAtClient, maraAtHome, maraAtWork } from './mara.js'
import { forCaldav, forGoogle, forMicrosoft } from './writers.js'

/** The accounts of the two people, with what stands in them. */
export interface Accounts {
  readonly mara: {
    readonly google: FakeGoogleAccount
    readonly microsoft: FakeMicrosoftAccount
    readonly icloud: FakeIcloudAccount
  }
  readonly idris: { readonly google: FakeGoogleAccount; readonly icloud: FakeIcloudAccount }
}

/** Opens the accounts and enters what stands in them. */
export function openAccounts(fakes: Fakes, week: Week): Accounts {
  const google = fakes.addGoogle(mara.google, mara.name)
  google.setListEntry(mara.google, { summaryOverride: 'Work' })
  google.addCalendar({ summary: 'Side project' })
  for (const entry of maraAtWork) google.calendar().create(forGoogle(entry, week))
  const microsoft = fakes.addMicrosoft(mara.microsoft, mara.name)
  for (const entry of maraAtClient) microsoft.calendar().create(forMicrosoft(entry, week))
  const icloud = fakes.addIcloud(mara.icloud, 'abcd-efgh-ijkl-mnop', ['home', 'family'])
  enter(icloud, 'home', maraAtHome, week)

  const office = fakes.addGoogle(idris.google, idris.name)
  office.setListEntry(idris.google, { summaryOverride: 'Work' })
  for (const entry of idrisAtWork) office.calendar().create(forGoogle(entry, week))
  office.share(office.email, google.email, 'reader')
  google.setListEntry(office.email, { summaryOverride: 'Idris (shared)' })
  fakes.addMicrosoft(idris.microsoft, idris.name)
  const private_ = fakes.addIcloud(idris.icloud, 'ponm-lkji-hgfe-dcba', ['home'])
  enter(private_, 'home', idrisAtHome, week)
  enter(fakes.addDav('mara', 'garden-gate', ['allotment']), 'allotment', allotment, week)
  enter(fakes.addDav('idris', 'garden-gate', ['allotment']), 'allotment', allotment, week)
  return { mara: { google, microsoft, icloud }, idris: { google: office, icloud: private_ } }
}

/** Groups of the demo, by their ids. */
export const groups = { work: 'mara-work', home: 'mara-home', idris: 'idris-all' } as const

/** Signs both people in everywhere, as the wizard would, and weaves their calendars together. */
export async function connect(engine: SyncEngine, fakes: Fakes, accounts: Accounts): Promise<void> {
  await connectMara(engine.user(mara.id, { actor: mara.name }), fakes, accounts)
  await connectIdris(engine.user(idris.id, { actor: idris.name }), fakes, accounts)
}

async function connectMara(user: UserHandle, fakes: Fakes, accounts: Accounts): Promise<void> {
  await signIn(user, fakes, 'google', { id: 'mara-google', name: 'Google', email: mara.google })
  await signIn(user, fakes, 'microsoft', { id: 'mara-outlook', name: 'Outlook', email: mara.microsoft })
  const { username, password } = accounts.mara.icloud
  await user.connections.add({
    provider: 'icloud',
    id: 'mara-icloud',
    name: 'iCloud',
    credentials: { username, password },
  })
  const of = finder(await user.calendars.list())
  const [work, client, home] = [of('google', 'Work'), of('microsoft', 'Calendar'), of('icloud', 'Home')]
  await user.groups.create({
    id: groups.work,
    name: 'Work and client',
    members: [{ calendarId: work }, { calendarId: client }],
    fieldStrategies: { title: [{ use: 'askAPerson' }], time: [{ use: 'askAPerson' }] },
    strategies: [{ use: 'lastModifiedWins' }],
    removal: 'askAPerson',
    schedule: everyMinute,
  })
  await user.groups.create({
    id: groups.home,
    name: 'Home blocks work',
    members: [
      { calendarId: home, direction: 'read' },
      { calendarId: work, direction: 'write', projection: { show: 'busy', busyTitle: 'Busy (private)' } },
    ],
    schedule: everyMinute,
  })
}

async function connectIdris(user: UserHandle, fakes: Fakes, accounts: Accounts): Promise<void> {
  await signIn(user, fakes, 'google', { id: 'idris-google', name: 'Google', email: idris.google })
  const { username, password } = accounts.idris.icloud
  await user.connections.add({
    provider: 'icloud',
    id: 'idris-icloud',
    name: 'iCloud',
    credentials: { username, password },
  })
  await user.connections.add({
    ...{ provider: 'caldav', id: 'idris-allotment', name: 'Allotment club' },
    settings: { url: davServer },
    credentials: { username: 'idris', password: 'garden-gate' },
  })
  const of = finder(await user.calendars.list())
  await user.groups.create({
    id: groups.idris,
    name: 'Everything in one place',
    members: [
      { calendarId: of('google', 'Work') },
      { calendarId: of('icloud', 'Home') },
      { calendarId: of('caldav', 'Allotment'), direction: 'read' },
    ],
    schedule: everyMinute,
  })
}

const everyMinute = { every: 60_000 }

interface Account {
  readonly id: string
  readonly name: string
  readonly email: string
}

/** The whole way of a sign-in: what a browser would do between the two calls is done on the page of the service. */
async function signIn(
  user: UserHandle,
  fakes: Fakes,
  provider: 'google' | 'microsoft',
  account: Account,
): Promise<void> {
  const { id, name, email } = account
  const session = crypto.randomUUID()
  const { url } = await user.connections.signIn({ provider, id, name, session, hint: email })
  await user.connections.completeSignIn(fakes.logins[provider].consent(url, email), { session })
}

function finder(calendars: readonly Calendar[]): (provider: string, name: string) => string {
  return (provider, name) => {
    const found = calendars.find((one) => one.provider === provider && one.name === name)
    if (!found) throw new Error(`There is no ${name} at ${provider}: ${calendars.map((one) => one.name).join(', ')}`)
    return found.id
  }
}

function enter(account: FakeIcloudAccount, calendar: string, entries: readonly Entry[], week: Week): void {
  for (const entry of entries) account.put(calendar, forCaldav(entry, week))
}
