import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { CookieOptions } from 'express'

/** Who is signed in to the demo, in which browser. */
export interface Session {
  readonly userId: string
  /** Tells this browser from all others. */
  readonly id: string
}

/** Signs sessions and reads them back. A host of your own uses whatever it signs people in with. */
export interface Sessions {
  readonly cookie: string
  open(userId: string): string
  read(cookieHeader: string | null | undefined): Session | undefined
}

const cookie = 'calweave_demo'
const longestMs = 12 * 3_600_000

/** Readable by no script, sent by no other site's forms. */
export const cookieOptions: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/', maxAge: longestMs }

export function sessions(users: ReadonlySet<string>, key: Buffer = randomBytes(32)): Sessions {
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  return {
    cookie,
    open(userId) {
      const text = [userId, randomBytes(18).toString('base64url'), Date.now() + longestMs].join('~')
      return `${text}~${sign(text)}`
    },
    read(cookieHeader) {
      const value = cookieIn(cookieHeader ?? '')
      const cut = value.lastIndexOf('~')
      const [text, given] = [value.slice(0, Math.max(cut, 0)), value.slice(cut + 1)]
      const [userId = '', id = '', until = ''] = text.split('~')
      const isOurs = isSame(sign(text), given) && users.has(userId) && Number(until) > Date.now()
      return isOurs ? { userId, id } : undefined
    },
  }
}

function cookieIn(header: string): string {
  for (const part of header.split(/; */)) {
    const cut = part.indexOf('=')
    if (part.slice(0, cut) === cookie) return decoded(part.slice(cut + 1))
  }
  return ''
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
