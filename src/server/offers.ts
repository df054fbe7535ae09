import * as z from 'zod'
import { type AccessMode, AccessModeSchema, type Json } from '../index.js'

/** Something that a person fills in to connect an account. */
export interface OfferField {
  readonly name: string
  /** What a person reads. */
  readonly label: string
  readonly kind: 'text' | 'url' | 'secret'
  /** Where it goes: `settings` are kept in the open, `credentials` sealed. @default settings for `url`, else credentials */
  readonly in?: 'settings' | 'credentials'
  /** @default true */
  readonly isRequired?: boolean
  /** A line below the field. */
  readonly hint?: string
}

/** A kind of account that people may connect. */
export interface Offer {
  /** Names it in requests: 1 to 64 of the characters a-z 0-9 - */
  readonly id: string
  /** Id of the provider. */
  readonly provider: string
  /** What a person calls it. */
  readonly name: string
  /**
   * How an account is connected. `oauth`: by a sign-in at the service; `password`: with a user name and a password; `url`: by an
   * address, with a user name and password where it needs them; `none`: nothing is asked.
   */
  readonly way: 'oauth' | 'password' | 'url' | 'none'
  /** The OAuth client. @default the one that is named like the provider */
  readonly client?: string
  /** What a person may allow, the proposed one first; for `oauth`. @default ['write'] */
  readonly modes?: readonly AccessMode[]
  /** What a person should know before, in a sentence or two. */
  readonly help?: string
  /** Where a person reads more, or makes an app password. */
  readonly helpUrl?: string
  /** What a person fills in. @default user name and password for `password`; these and an address for `url` */
  readonly fields?: readonly OfferField[]
  /** What the provider is given besides, the same for everybody. Nobody is shown it. @default {} */
  readonly settings?: { readonly [key: string]: Json }
}

/** An offer as people see it. */
export interface ShownOffer extends Omit<Offer, 'client' | 'settings' | 'fields' | 'modes'> {
  readonly modes: readonly AccessMode[]
  readonly fields: readonly OfferField[]
}

const userName: OfferField = { name: 'username', label: 'User name', kind: 'text' }
const password: OfferField = { name: 'password', label: 'Password', kind: 'secret' }
const address: OfferField = { name: 'url', label: 'Address', kind: 'url' }

const usualFields: Readonly<Record<Offer['way'], readonly OfferField[]>> = {
  oauth: [],
  password: [userName, password],
  url: [address, { ...userName, isRequired: false }, { ...password, isRequired: false }],
  none: [],
}

/** What a person fills in for an offer. */
export function fieldsOf({ way, fields }: Offer): readonly OfferField[] {
  return fields ?? usualFields[way]
}

/** Settings and credentials, from what a person filled in. */
export function filledIn(
  offer: Offer,
  values: Readonly<Record<string, string>>,
): { readonly settings: Json; readonly credentials?: Json } {
  const settings: Record<string, Json> = { ...offer.settings }
  const credentials: Record<string, Json> = {}
  for (const { name, kind, in: place = kind === 'url' ? 'settings' : 'credentials' } of fieldsOf(offer)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined && value !== '') (place === 'settings' ? settings : credentials)[name] = value
  }
  return Object.keys(credentials).length > 0 ? { settings, credentials } : { settings }
}

export function shownOffer(offer: Offer): ShownOffer {
  const { client: _client, settings: _settings, modes = ['write'], ...shown } = offer
  return { ...shown, modes, fields: fieldsOf(offer) }
}

const fieldSchema: z.ZodType<OfferField> = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
  label: z.string().min(1).max(200),
  kind: z.enum(['text', 'url', 'secret']),
  in: z.enum(['settings', 'credentials']).exactOptional(),
  isRequired: z.boolean().exactOptional(),
  hint: z.string().max(500).exactOptional(),
})

const shape = {
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  provider: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  way: z.enum(['oauth', 'password', 'url', 'none']),
  help: z.string().max(2_000).exactOptional(),
  helpUrl: z.string().max(2_000).exactOptional(),
}
const modes = z.array(AccessModeSchema).min(1).max(3)
const fields = z.array(fieldSchema).max(20)

export const ShownOfferSchema: z.ZodType<ShownOffer> = z.strictObject({ ...shape, modes, fields })

/** Validates what a host offers. */
export const OfferSchema: z.ZodType<Offer> = z.strictObject({
  ...shape,
  client: z.string().min(1).max(64).exactOptional(),
  modes: modes.exactOptional(),
  fields: fields.exactOptional(),
  settings: (z.record(z.string(), z.json()) as z.ZodType<{ readonly [key: string]: Json }>).exactOptional(),
})
