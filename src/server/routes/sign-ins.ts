import * as z from 'zod'
import { type AccessMode, AccessModeSchema, SyncError } from '../../index.js'
import type { Table } from '../route.js'
import { returnCookie } from '../sign-in-return.js'
import { needConnection, offerOf } from './connections.js'

/** A sign-in at a calendar service that is to begin. */
export interface SignInBody {
  /** Id of the offer. */
  readonly offer: string
  /** What the person is asked to allow; one of the offer's. @default the first of the offer's */
  readonly mode?: AccessMode
  /** What a person calls this account. @default the name of the offer */
  readonly name?: string
  /** A connection to sign in again. @default a new one */
  readonly id?: string
  /** The account that the service should propose, such as a mail address. */
  readonly hint?: string
  /** Where to come back to; one of the paths that the host allows. @default the first of them */
  readonly returnTo?: string
}

export interface SignInRoutes {
  'POST /sign-ins': { readonly body: SignInBody; readonly answer: { readonly url: string } }
}

const signInBody: z.ZodType<SignInBody> = z.strictObject({
  offer: z.string().min(1).max(64),
  mode: AccessModeSchema.exactOptional(),
  name: z.string().min(1).max(200).exactOptional(),
  id: z.string().min(1).max(128).exactOptional(),
  hint: z.string().min(1).max(320).exactOptional(),
  returnTo: z.string().min(1).max(2_000).exactOptional(),
})

export const signInRoutes: Table<SignInRoutes> = {
  'POST /sign-ins': {
    summary: 'Begins a sign-in at a calendar service: send the browser to `url`',
    body: signInBody,
    answer: z.strictObject({ url: z.string() }),
    async handle({ user, who, body, door, request, headers }) {
      const { options } = door
      const offer = offerOf(options, body.offer)
      if (offer.way !== 'oauth') throw new SyncError('invalid_input', 'body.offer: there is nothing to sign in at.')
      if (who.session === undefined)
        throw new SyncError('invalid_input', 'Nobody can sign in here: `authenticate` of the door gives no `session`.')
      const [returnTo = '/'] = body.returnTo === undefined ? options.returnTo : [body.returnTo]
      if (!options.returnTo.includes(returnTo))
        throw new SyncError('invalid_input', 'body.returnTo: is none of the paths that a sign-in may come back to.')
      const modes = offer.modes ?? ['write']
      const [mode = 'write'] = body.mode === undefined ? modes : [body.mode]
      if (!modes.includes(mode)) throw new SyncError('invalid_input', 'body.mode: is none that the offer has.')
      if (body.id !== undefined) await needConnection(user, body.id, offer)
      const { url } = await user.connections.signIn({
        provider: offer.provider,
        client: offer.client ?? offer.provider,
        mode,
        session: who.session,
        ...(body.id === undefined
          ? { name: body.name ?? offer.name }
          : body.name === undefined
            ? {}
            : { name: body.name }),
        ...(offer.settings === undefined ? {} : { settings: offer.settings }),
        ...(body.id === undefined ? {} : { id: body.id }),
        ...(body.hint === undefined ? {} : { hint: body.hint }),
      })
      headers.append('set-cookie', returnCookie(returnTo, request, options))
      return { url }
    },
  },
}
