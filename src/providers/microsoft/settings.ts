import * as z from 'zod'
import { validate } from '../opening.js'

/** The settings of an account at Microsoft, understood. */
export interface MicrosoftSettings {
  /** Whose mailbox: an id or a mail address. Absent: whoever is signed in. */
  readonly mailbox?: string
}

/** @throws SyncError `invalid_input` naming the setting that does not fit. */
export function readSettings(given: unknown): MicrosoftSettings {
  return validate(settingsSchema, given ?? {}, 'settings', 'Microsoft account')
}

const settingsSchema: z.ZodType<MicrosoftSettings> = z.strictObject({
  mailbox: z
    .string()
    .min(1)
    .max(320)
    .regex(/^[^\s/\\?#]+$/, 'must be an id or a mail address')
    .exactOptional(),
})
