import { newToken } from './fakes/authorization-server.js'
import type { Fakes } from './fakes/services.js'
import type { Accounts } from './people/connect.js'
import { idris } from './people/idris.js'
import { mara } from './people/mara.js'
import type { Running } from './running.js'

/** Something that a visitor lets go wrong. */
export interface Trouble {
  readonly id: string
  readonly title: string
  /** What happens. */
  readonly words: string
  /** What to look at. */
  readonly watchFor: string
  /** Lets it happen to this person. Gives a sentence that says what was done. */
  begin(userId: string): Promise<string>
}

interface World {
  readonly fakes: Fakes
  readonly accounts: Accounts
  readonly lives: { readonly now: Running; end(): Promise<void> }
}

export function troubles({ fakes, accounts, lives }: World): readonly Trouble[] {
  const officeOf = (userId: string) => accounts[userId === idris.id ? 'idris' : 'mara'].google
  /** An event that stands in the person's own calendar at Google, is no series, and waits for no decision. */
  const someEvent = (userId: string, not: readonly string[] = []) => {
    const isFree = ({ summary = '', id = '' }) =>
      playthings.some((one) => summary.startsWith(one)) && !summary.endsWith(disputed) && !not.includes(id)
    const events = officeOf(userId).calendar().all().filter(isFree)
    const event = events[Math.floor(Math.random() * events.length)]
    if (!event?.id) throw new Error('There is no event left to play with.')
    return { id: event.id, title: event.summary ?? '' }
  }
  const soon = async (userId: string): Promise<void> => {
    const { groups } = lives.now.engine.user(userId)
    for (const { id } of await groups.list()) await groups.syncSoon(id)
  }
  /** Another title than it has, whatever it is called by now. */
  const rename = (userId: string, not: readonly string[] = []) => {
    const { id, title } = someEvent(userId, not)
    const plain = title.replace(/ \(.*\)$/, '')
    const others = suffixes.map((suffix) => `${plain} (${suffix})`).filter((one) => one !== title)
    officeOf(userId)
      .calendar()
      .edit(id, { summary: others[Math.floor(Math.random() * others.length)] ?? plain })
    return { id, title: plain }
  }

  return [
    {
      id: 'edit',
      title: 'A colleague edits an event',
      words: 'Somebody renames an event at Google, on another device.',
      watchFor: 'Google tells calweave by push. A few seconds later the other calendars say the same.',
      async begin(userId) {
        return `“${rename(userId).title}” has another title at Google now.`
      },
    },
    {
      id: 'both',
      title: 'Edit both sides',
      words: 'Two people give one event two different titles, at Google and elsewhere, before anybody syncs.',
      watchFor: 'A conflict appears in the inbox. Neither side is overwritten until you decide.',
      async begin(userId) {
        if (userId !== mara.id)
          return 'Only Mara has an event in two calendars that both sides may rename. Sign in as Mara.'
        const client = accounts.mara.microsoft.calendar()
        const copies = client.all()
        const work = officeOf(userId).calendar()
        const event = work
          .all()
          .find(
            ({ summary = '' }) =>
              playthings.some((one) => summary.startsWith(one)) && copies.some(({ subject }) => subject === summary),
          )
        const copy = copies.find(({ subject }) => subject === event?.summary)
        if (!event?.id || !copy?.id) return 'All of these events wait for a decision already.'
        const title = (event.summary ?? '').replace(/ \(.*\)$/, '')
        work.edit(event.id, { summary: `${title} ${disputed}` })
        client.edit(copy.id, { subject: `${title} (team only)` })
        await soon(userId)
        return `“${title}” has one title at Google and another one in Outlook.`
      },
    },
    {
      id: 'limit',
      title: 'Rate-limit Google',
      words: 'Google refuses the next requests and asks to be left alone for 20 seconds.',
      watchFor:
        'The status says that Google asked for patience. The other calendars go on, and the edit arrives afterwards.',
      async begin(userId) {
        fakes.google.fail({
          fault: { kind: 'refuse', reason: 'rateLimitExceeded', code: 429, retryAfter: '20' },
          times: 2,
        })
        const { title } = rename(userId)
        await soon(userId)
        return `Google refuses requests now. “${title}” was renamed there all the same.`
      },
    },
    {
      id: 'token',
      title: 'Expire the token',
      words: 'The access token for Google stops working from one request to the next.',
      watchFor:
        'Nothing, and that is the point: the token is renewed once, and the sync goes through. The run tells of no failure.',
      async begin(userId) {
        officeOf(userId).renew(newToken())
        const { title } = rename(userId)
        await soon(userId)
        return `The token is dead, and “${title}” was renamed at Google.`
      },
    },
    {
      id: 'revoke',
      title: 'Take the permission back',
      words: 'On Google’s account page somebody removes calweave.',
      watchFor:
        'A banner asks to sign in again. Nothing is removed anywhere; after the sign-in it goes on where it was.',
      async begin(userId) {
        const account = officeOf(userId)
        fakes.logins.google.forget(account.email)
        account.revoke()
        await soon(userId)
        return `calweave may not see ${account.email} any more.`
      },
    },
    {
      id: 'webhook',
      title: 'Lose a webhook',
      words: 'Somebody edits an event at Google, and the notice of it gets lost on its way.',
      watchFor: 'Nothing for up to a minute. Then the next sync by schedule finds it without having been told.',
      async begin(userId) {
        fakes.google.options.pushes = 'lost'
        const { title } = rename(userId)
        await fakes.google.settled()
        fakes.google.options.pushes = 'delivered'
        return `“${title}” was renamed, and nobody was told.`
      },
    },
    {
      id: 'crash',
      title: 'Crash the worker',
      words:
        'Several events change, and the process dies in the middle of writing them: a write is sent, and its answer never read.',
      watchFor:
        'This page loses its connection and finds it again. The sync goes on after about 10 seconds, and no event is there twice.',
      async begin(userId) {
        const { life } = lives.now
        const touched: string[] = []
        for (let count = 0; count < 3; count++) touched.push(rename(userId, touched).id)
        life.endAfterWrites(1, userId === mara.id ? /graph\.microsoft/ : /icloud/, () => void lives.end())
        await soon(userId)
        // Should there be nothing to write, it dies all the same.
        setTimeout(() => {
          if (!life.isOver && lives.now.life === life) void lives.end()
        }, 8_000)
        return 'Three events were changed. The process dies at its first write.'
      },
    },
    {
      id: 'empty',
      title: 'Empty a calendar',
      words: 'A program goes wild and deletes most of what stands in one calendar.',
      watchFor:
        'The removals are held. Nothing is removed elsewhere until you say that they are meant; if not, they are put back.',
      async begin(userId) {
        const count = userId === mara.id ? emptyOutlook(accounts) : emptyHome(accounts)
        await soon(userId)
        return `${count} events are gone from ${userId === mara.id ? 'Outlook' : 'iCloud'}.`
      },
    },
  ]
}

/** What may be edited, of both people. */
const playthings = [
  ...['Incident drill', 'Demo day', 'Retrospective', 'Focus: migration guide', 'Customer visit: Oakline'],
  ...['Roadmap, first draft', 'Interview: designer', 'Load test', 'Architecture talk', 'Pairing: importer'],
]
const suffixes = ['moved', 'new', 'online', 'short', 'long', 'open', 'final']
/** How titles end that two people disagree about. */
const disputed = '(with the board)'

function emptyOutlook({ mara: { microsoft } }: Accounts): number {
  const events = microsoft.calendar().all().slice(0, 14)
  for (const { id } of events) if (id !== undefined) microsoft.calendar().remove(id)
  return events.length
}

function emptyHome({ idris: { icloud } }: Accounts): number {
  const files = [...(icloud.collections.get('home')?.items.keys() ?? [])].slice(0, 8)
  for (const file of files) icloud.remove('home', file)
  return files.length
}
