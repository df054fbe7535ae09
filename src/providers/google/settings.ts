import * as z from 'zod'
import { validate } from '../opening.js'

/** The settings of a Google account, understood. */
export interface GoogleSettings {
  readonly quotaUser?: string
}

/** @throws SyncError `invalid_input` naming the setting that does not fit. */
export function readSettings(given: unknown): GoogleSettings {
  return validate(settingsSchema, given ?? {}, 'settings', 'Google account')
}

/** Google counts requests without it by the signed-in user. */
const settingsSchema: z.ZodType<GoogleSettings> = z.strictObject({
  quotaUser: z
    .string()
    .min(1)
    .max(40)
    .regex(/^[\x21-\x7e]+$/, 'must be plain letters and digits')
    .exactOptional(),
})
