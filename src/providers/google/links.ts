import * as z from 'zod'
import type { Attachment, Conference, OccurrenceContent } from '../../model/content.js'
import type { ReadScene, WriteScene, WrittenField } from './field-codec.js'
import { recall } from './kept.js'
import type { GoogleEvent } from './wire.js'

export const mostAttachments = 25

/** The web page that an event is about. Only whoever made the event sees it. */
export function readUrl({ source }: GoogleEvent, { kept }: ReadScene): string | null {
  const shown = source?.url ?? ''
  return recall(kept, 'url', shown, z.string()) ?? (shown || null)
}

/** Google takes web pages only; addresses of mail and the like are kept beside. */

export function writeUrl({ url }: OccurrenceContent, { before }: WriteScene): WrittenField {
  if (url === null || !/^https?:\/\//i.test(url) || !URL.canParse(url))
    return { body: { source: null }, keep: { url: url === null ? null : ['', url] } }
  const title = before?.source?.url === url ? before.source.title : undefined
  return { body: { source: { url, title: title ?? new URL(url).hostname } }, keep: { url: null } }
}

/** Links to files, in Drive or anywhere else. */
export function readAttachments({ attachments = [] }: GoogleEvent): readonly Attachment[] {
  return attachments.flatMap(({ fileUrl, title, mimeType }) =>
    fileUrl ? [{ url: fileUrl, ...(title ? { name: title } : {}), ...(mimeType ? { mimeType } : {}) }] : [],
  )
}

/** What was attached before keeps what we do not know of: its id in Drive, its icon. */
export function writeAttachments({ attachments }: OccurrenceContent, { before }: WriteScene): WrittenField {
  const there = new Map(
    before?.attachments?.map(({ title: _name, mimeType: _type, ...rest }) => [rest.fileUrl, rest]) ?? [],
  )
  const written = attachments.slice(0, mostAttachments).map(({ url, name, mimeType }) => ({
    ...there.get(url),
    fileUrl: url,
    ...(name === undefined ? {} : { title: name }),
    ...(mimeType === undefined ? {} : { mimeType }),
  }))
  return { body: { attachments: written } }
}

/** The ways into a video conference. `hangoutLink` is what old events have in its place. */
export function readConferences({ conferenceData, hangoutLink }: GoogleEvent): readonly Conference[] {
  const name = conferenceData?.conferenceSolution?.name
  const found = (conferenceData?.entryPoints ?? []).flatMap(({ entryPointType, uri, label }) => {
    if (!uri) return []
    const shown = entryPointType === 'video' ? (name ?? label) : label
    return [{ url: uri, ...(shown ? { label: shown } : {}) }]
  })
  if (found.length > 0 || !hangoutLink) return found
  return [{ url: hangoutLink, ...(name ? { label: name } : {}) }]
}
