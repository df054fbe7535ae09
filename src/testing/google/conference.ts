import { digest } from '../../model/hash.js'
import type { GoogleConference, GoogleEvent } from './resources.js'

/**
 * The video meeting of an event after a write. Without `conferenceDataVersion=1` whatever the request says about it is
 * ignored. A request for a new one that is asked twice with one id makes one; one that is pending is looked at again.
 */
export function conferenceAfter(
  before: GoogleEvent | undefined,
  given: GoogleConference | undefined,
  version: number,
  outcome: 'made' | 'pending' | 'failed' = 'made',
): GoogleEvent {
  const own = before?.conferenceData
  if (version !== 1) return shown(own)
  const request = given?.createRequest
  if (request?.requestId === undefined) return shown(given)
  const isSame = own?.createRequest?.requestId === request.requestId
  if (isSame && own.createRequest?.status?.statusCode !== 'pending') return shown(own)
  const conferenceSolutionKey = { type: 'hangoutsMeet' }
  const asked = { requestId: request.requestId, conferenceSolutionKey }
  if (outcome !== 'made')
    return {
      conferenceData: {
        createRequest: { ...asked, status: { statusCode: outcome === 'failed' ? 'failure' : outcome } },
      },
    }
  const code = digest('meeting', request.requestId).replaceAll(/\d/g, 'x')
  const name = `${code.slice(0, 3)}-${code.slice(3, 7)}-${code.slice(7, 10)}`
  const uri = `https://meet.google.com/${name}`
  return shown({
    conferenceId: name,
    conferenceSolution: { key: conferenceSolutionKey, name: 'Google Meet' },
    createRequest: { ...asked, status: { statusCode: 'success' } },
    entryPoints: [{ entryPointType: 'video', uri, label: uri.slice('https://'.length) }],
  })
}

function shown(conference: GoogleConference | undefined): GoogleEvent {
  if (conference === undefined) return {}
  const video = conference.entryPoints?.find(({ entryPointType }) => entryPointType === 'video')?.uri
  const isMeet = video?.startsWith('https://meet.google.com/') === true
  return { conferenceData: conference, ...(isMeet && { hangoutLink: video }) }
}
