import { SyncError } from '../../errors.js'
import { type DavClient, multistatusOf } from '../caldav/client.js'
import { failure } from '../caldav/failure.js'
import { hrefsIn } from '../caldav/principals.js'
import { type DavResponse, ns } from '../caldav/xml.js'

/** Where an account lives. */
export interface Partition {
  /** The account's calendar home, at the host that has it now. */
  readonly url: string
  /** The front and the hosts of all its homes, with their ports where these are not the usual ones. */
  readonly hosts: readonly string[]
}

/**
 * Asks Apple's front where an account lives: for whom we are signed in as, for the homes of that person, and then at the
 * first home itself, in case it sends us on.
 *
 * @throws SyncError `auth_expired`, also where Apple answers "forbidden" to the sign-in; `unavailable`,
 * `invalid_response`.
 */
export async function findPartition(front: DavClient): Promise<Partition> {
  const root = await ask(front, front.site, ['<D:current-user-principal/>', '<C:calendar-home-set/>'])
  const principal = hrefsIn(root.self, ns.dav, 'current-user-principal', root.url)[0]
  let homes = hrefsIn(root.self, ns.caldav, 'calendar-home-set', root.url)
  if (homes.length === 0 && principal !== undefined) {
    const named = await ask(front, principal, ['<C:calendar-home-set/>'])
    homes = hrefsIn(named.self, ns.caldav, 'calendar-home-set', named.url)
  }
  const [first, ...others] = homes
  if (first === undefined)
    throw new SyncError(
      'invalid_response',
      'Apple does not say where the calendars of this account are. Try again later.',
      {
        reason: 'NO_HOME',
      },
    )
  const home = await ask(front, first, ['<D:resourcetype/>'])
  return { url: home.url, hosts: [...new Set([home.url, ...others, front.site].map((url) => new URL(url).host))] }
}

interface Asked {
  readonly url: string
  readonly self: DavResponse | undefined
}

async function ask(dav: DavClient, url: string, props: readonly string[]): Promise<Asked> {
  const answer = await dav.propfind(url, '0', props)
  // Nothing but the sign-in can be at fault here: no calendar has been named yet.
  if (answer.status === 403) throw failure({ ...answer, status: 401 }, 'reading')
  return { url: answer.url, self: multistatusOf(answer).responses[0] }
}
