/** An Apple Account for {@link fakeIcloud}. */
export interface FakeIcloudAccountOptions {
  /** The mail address of the Apple Account. @default 'jane@example.com' */
  readonly username?: string
  /** The app-specific password. @default 'abcd-efgh-ijkl-mnop' */
  readonly password?: string
  /** The number that stands in all paths. @default a new one */
  readonly dsid?: string
  /** The number of the host that has the account: `p62-caldav`. @default 62 */
  readonly partition?: number
  /** Names of calendars for events. Apple gives every account the first two. @default ['home', 'work'] */
  readonly calendars?: readonly string[]
}

/** A resource of a calendar. */
export interface FakeItem {
  readonly text: string
  readonly etag: string
}

/** What kind of collection stands in a home. */
export type FakeCollectionKind = 'events' | 'shared' | 'readonly' | 'subscribed' | 'reminders'

/** One calendar of an account. */
export interface FakeCollection {
  readonly name: string
  readonly kind: FakeCollectionKind
  /** Another one for each calendar that was ever made; a token of a removed calendar is dead. */
  readonly generation: number
  readonly items: Map<string, FakeItem>
  /** File names in the order of their changes; a token is a position in it. */
  readonly log: string[]
  /** Tokens from before this position are forgotten. */
  forgotten: number
}

/** An account at the fake, and what its owner and Apple can do to it. */
export interface FakeIcloudAccount {
  readonly username: string
  readonly dsid: string
  /** The app-specific password; null once it is revoked. */
  readonly password: string | null
  readonly partition: number
  readonly collections: ReadonlyMap<string, FakeCollection>
  /** The path of a calendar. */
  path(calendar: string): string
  addCalendar(name: string, kind?: FakeCollectionKind): void
  removeCalendar(name: string): void
  /** What a person does on a device of theirs. Gives the name of the file, which Apple's programs choose at random. */
  put(calendar: string, text: string, file?: string): string
  remove(calendar: string, file: string): void
  /** Makes all tokens of a calendar unknown. */
  forgetTokens(calendar: string): void
  /** Revokes the app-specific password, as a change of the Apple Account's password does. */
  revoke(): void
  /** Makes a new app-specific password. */
  renew(password: string): void
  /** Apple moves the account to another host. */
  move(partition: number): void
}

let nextDsid = 17_149_682
let nextGeneration = 1

export class Account implements FakeIcloudAccount {
  readonly username: string
  readonly dsid: string
  readonly collections: Map<string, FakeCollection> = new Map()
  password: string | null
  partition: number
  #tags = 0

  constructor(options: FakeIcloudAccountOptions) {
    this.username = options.username ?? 'jane@example.com'
    this.password = options.password ?? 'abcd-efgh-ijkl-mnop'
    this.dsid = options.dsid ?? String(nextDsid++)
    this.partition = options.partition ?? 62
    for (const name of options.calendars ?? ['home', 'work']) this.addCalendar(name)
  }

  get home(): string {
    return `/${this.dsid}/calendars/`
  }

  path(calendar: string): string {
    return `${this.home}${encodeURIComponent(calendar)}/`
  }

  addCalendar(name: string, kind: FakeCollectionKind = 'events'): void {
    const generation = nextGeneration++
    this.collections.set(name, { name, kind, generation, items: new Map(), log: [], forgotten: 0 })
  }

  removeCalendar(name: string): void {
    this.collections.delete(name)
  }

  put(calendar: string, text: string, file: string = `${crypto.randomUUID().toUpperCase()}.ics`): string {
    this.store(this.need(calendar), file, text)
    return file
  }

  remove(calendar: string, file: string): void {
    this.erase(this.need(calendar), file)
  }

  forgetTokens(calendar: string): void {
    const collection = this.need(calendar)
    collection.log.push('')
    collection.forgotten = collection.log.length
  }

  revoke(): void {
    this.password = null
  }

  renew(password: string): void {
    this.password = password
  }

  move(partition: number): void {
    this.partition = partition
  }

  store(collection: FakeCollection, file: string, text: string): FakeItem {
    const item = { text, etag: `"${(++this.#tags).toString(36).padStart(8, 'k')}"` }
    collection.items.set(file, item)
    collection.log.push(file)
    return item
  }

  erase(collection: FakeCollection, file: string): void {
    collection.items.delete(file)
    collection.log.push(file)
  }

  /** Where in the account a UID is, apart from one place. */
  holderOf(uid: string, place: { readonly collection: FakeCollection; readonly file: string }): string | undefined {
    for (const collection of this.collections.values())
      for (const [file, item] of collection.items)
        if ((collection !== place.collection || file !== place.file) && uidsIn(item.text).includes(uid))
          return this.path(collection.name) + encodeURIComponent(file)
    return undefined
  }

  need(name: string): FakeCollection {
    const found = this.collections.get(name)
    if (!found) throw new Error(`the account has no calendar ${name}`)
    return found
  }
}

/** The UIDs in a text, each once. */
export function uidsIn(text: string): readonly string[] {
  const lines = text.replace(/\r?\n[ \t]/g, '').matchAll(/^UID(?:;[^:\r\n]*)?:(.*?)\r?$/gim)
  return [...new Set([...lines].map((match) => match[1] ?? ''))]
}
