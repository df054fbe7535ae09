import type { HttpAnswer } from '../../http/client.js'

/**
 * Ways in which a server departs from what it should do, and which no single answer shows. Each makes us do more than
 * other servers need. Learnt from what a server says of itself, without a request of its own.
 */
export interface Traits {
  /** An answer has been seen that would have shown the traits. */
  isKnown: boolean
  /** Writes over what `If-None-Match: *` protects, removes what is not at `If-Match`, makes anew what is gone. */
  ignoresGuards: boolean
  /** Gives an event that is removed and made anew the tag that the earlier one had: equal tags prove nothing. */
  repeatsTags: boolean
  /** Answers a token that it has forgotten with everything that is there, and with no word of what is not. */
  forgetsTokens: boolean
  /** Writes `CLASS:PUBLIC` into events that say nothing about who may see them. */
  writesPublic: boolean
  /** Mails guests and organizers although `SCHEDULE-AGENT` or `Schedule-Reply` asks it not to. */
  mailsRegardless: boolean
}

/** What a server is taken for before it has said anything. */
export function ordinary(): Traits {
  return {
    isKnown: false,
    ignoresGuards: false,
    repeatsTags: false,
    forgetsTokens: false,
    writesPublic: false,
    mailsRegardless: false,
  }
}

/** How servers with traits are known. Proxies replace `Server`, so there is more than one sign where there can be. */
const kinds: readonly Kind[] = [
  {
    // SOGo, on its SOPE
    header: ({ headers }) => /^SOPE\b/.test(headers.get('server') ?? '') || headers.has('x-dav-error'),
    path: /\/SOGo\/dav\//,
    tag: /^"gcs\d{8}"$/,
    traits: ['ignoresGuards', 'repeatsTags', 'writesPublic', 'mailsRegardless'],
  },
  {
    // DAViCal
    header: ({ headers }) => headers.has('x-davical-version'),
    path: /\/caldav\.php\//,
    traits: ['forgetsTokens'],
  },
]

interface Kind {
  readonly header: (answer: HttpAnswer) => boolean
  readonly path: RegExp
  readonly tag?: RegExp
  readonly traits: readonly Exclude<keyof Traits, 'isKnown'>[]
}

/** Learns from an answer. Multistatus answers carry all signs that there are; those to writes may carry none. */
export function learnFromAnswer(traits: Traits, answer: HttpAnswer): void {
  const { pathname } = new URL(answer.url)
  take(traits, (kind) => kind.header(answer) || kind.path.test(pathname))
  learnFromTag(traits, answer.headers.get('etag') ?? undefined)
  if (answer.status === 207) traits.isKnown = true
}

/** Learns from an entity tag, for servers behind a proxy that hides everything else. */
export function learnFromTag(traits: Traits, tag: string | undefined): void {
  if (tag !== undefined) take(traits, (kind) => kind.tag?.test(tag) ?? false)
}

function take(traits: Traits, isOf: (kind: Kind) => boolean): void {
  for (const kind of kinds) {
    if (isOf(kind)) for (const trait of kind.traits) traits[trait] = true
  }
}
