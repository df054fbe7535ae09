import { resolveSrv, resolveTxt } from 'node:dns/promises'
import type { ServiceTarget } from '../providers/caldav/index.js'

/**
 * Looks up SRV records, and the `path` of the TXT record beside them, with the machine's name servers: for
 * `resolveService` of `caldavProvider`.
 *
 * @example
 * ```ts
 * import { resolveService } from 'calweave/node'
 * import { caldavProvider } from 'calweave/providers/caldav'
 *
 * const provider = caldavProvider({ resolveService })
 * ```
 * @throws whatever the lookup throws, unless it says that there is no such record.
 * @see RFC 2782, RFC 6764 section 4
 */
export async function resolveService(name: string): Promise<readonly ServiceTarget[]> {
  const records = await unlessNone(resolveSrv(name))
  if (records.length === 0) return []
  // The path only saves a detour; without it the well-known address is asked.
  const path = pathIn(await resolveTxt(name).catch(() => []))
  return records.map((record) => ({
    // Node shortens the root, which stands for "nowhere", to nothing.
    host: record.name === '' ? '.' : record.name,
    port: record.port,
    priority: record.priority,
    weight: record.weight,
    ...(path === undefined ? {} : { path }),
  }))
}

/** The value of the first `path=`; a record comes in pieces of 255 characters. @see RFC 6763 section 6 */
function pathIn(texts: readonly (readonly string[])[]): string | undefined {
  const found = texts.map((pieces) => /^path=(.+)$/i.exec(pieces.join(''))?.[1])
  return found.find((path) => path !== undefined)
}

async function unlessNone<T>(lookup: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await lookup
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENODATA' || code === 'ENOTFOUND') return []
    throw error
  }
}
