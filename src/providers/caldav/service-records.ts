import * as z from 'zod'
import { SyncError } from '../../errors.js'
import { digest } from '../../model/hash.js'

/** A place where a domain offers a service: one SRV record, with the path of the TXT record beside it. */
export interface ServiceTarget {
  /** `.` says that the domain offers the service nowhere. */
  readonly host: string
  readonly port: number
  /** Targets with the lowest number are tried first. @default 0 */
  readonly priority?: number
  /** How often a target is preferred to others of its priority. @default 0 */
  readonly weight?: number
  /** Where on the host the service begins: the value of `path=` in the TXT record of the same name. */
  readonly path?: string
}

/**
 * Looks up a service in the DNS, e.g. `_caldavs._tcp.example.com`. An empty list says that there is no such record; a
 * lookup that failed throws, because "could not ask" must not be taken for "there is none".
 */
export type ResolveService = (name: string) => Promise<readonly ServiceTarget[]>

/**
 * Asks for the targets of a service and puts them in the order in which they are to be tried.
 *
 * RFC 2782 draws lots between targets of one priority, by weight. Here the draw hangs on `seed`, so that many users are
 * spread as the weights ask, while one user comes to the same server every time and sees the same ids there.
 *
 * @throws SyncError `unavailable` when the lookup fails; `invalid_input` when it gives something else than targets.
 */
export async function serviceTargets(
  resolveService: ResolveService,
  name: string,
  seed: string,
): Promise<readonly ServiceTarget[]> {
  const answer: unknown = await resolveService(name).catch((cause: unknown) => {
    throw new SyncError('unavailable', `The DNS records of ${name} could not be read. Try again later.`, {
      cause,
      reason: 'DNS',
    })
  })
  const parsed = targets.safeParse(answer)
  if (!parsed.success)
    throw new SyncError('invalid_input', `resolveService gave something else than service targets for ${name}.`, {
      reason: 'DNS',
    })
  return inOrder(parsed.data, (draw) => fraction(digest(seed, name, String(draw)))).slice(0, maxTargets)
}

/**
 * The order of RFC 2782: priorities from low to high, and within one priority by lot.
 * @param draw - the lot of each round, from 0 to just below 1
 */
export function inOrder(given: readonly ServiceTarget[], draw: (round: number) => number): readonly ServiceTarget[] {
  const ordered: ServiceTarget[] = []
  const priorities = [...new Set(given.map(({ priority = 0 }) => priority))].sort((a, b) => a - b)
  for (const priority of priorities) {
    // Targets without weight stand first, which gives them a small chance and no more.
    const rest = given
      .filter((target) => (target.priority ?? 0) === priority)
      .sort((a, b) => Number((a.weight ?? 0) > 0) - Number((b.weight ?? 0) > 0))
    while (rest.length > 0) {
      const sum = rest.reduce((total, { weight = 0 }) => total + weight, 0)
      const lot = Math.floor(draw(ordered.length) * (sum + 1))
      let reached = 0
      const chosen = rest.findIndex(({ weight = 0 }) => {
        reached += weight
        return reached >= lot
      })
      ordered.push(...rest.splice(Math.max(0, chosen), 1))
    }
  }
  return ordered
}

/** More than this many servers behind one name are not tried one after the other. */
const maxTargets = 5

const targets: z.ZodType<readonly ServiceTarget[]> = z
  .array(
    z.object({
      host: z
        .string()
        .max(255)
        .transform((host) => (host === '.' ? host : host.replace(/\.$/, '').toLowerCase()))
        .refine((host) => host === '.' || isHostName(host)),
      port: z.int().min(0).max(65_535),
      priority: z.int().min(0).max(65_535).exactOptional(),
      weight: z.int().min(0).max(65_535).exactOptional(),
      path: z.string().max(2_048).exactOptional(),
    }),
  )
  .max(100)

/** True for a name that stands for itself in a web address: no port, no path, no user. */
export function isHostName(text: string): boolean {
  if (!/^[^\s/?#@:[\]\\%]+$/.test(text) || !URL.canParse(`https://${text}/`)) return false
  const name = new URL(`https://${text}/`).hostname.replace(/\.$/, '')
  return !name.split('.').includes('') && URL.canParse(`https://${name}/`)
}

function fraction(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 32) / 32 ** 8
}
