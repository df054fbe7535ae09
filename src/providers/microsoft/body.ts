import * as z from 'zod'
import type { OccurrenceContent } from '../../model/content.js'
import { digest } from '../../model/hash.js'
import { htmlToText, looksLikeHtml } from '../../model/html.js'
import { recall } from '../../model/kept.js'
import type { ReadScene, WriteScene, WrittenField } from './field-codec.js'
import { plainLines, toPlainHtml } from './plain-html.js'
import type { GraphEvent } from './wire.js'

/**
 * The text of an event's body. Exchange puts every text into HTML, and every HTML into a frame of its own; so what it shows
 * is never what was written, and only the text in it is compared. What a meeting service put below stays out: it lets
 * people into a meeting that a copy is no part of.
 */
export function readBody(event: GraphEvent, { kept }: ReadScene): string {
  const shown = shownText(event)
  return recall(kept, 'description', keyOf(shown), z.string()) ?? shown
}

/** Text goes out as text, and HTML as such, which is kept beside. How to join a meeting stays where it is. */
export function writeBody({ description }: OccurrenceContent, { before }: WriteScene): WrittenField {
  const isHtml = looksLikeHtml(description)
  const html = isHtml ? withBreaks(description) : undefined
  const joining = before && joiningPart(before)
  const keep = { description: html === undefined ? null : ([keyOf(textIn(html)), description] as const) }
  if (joining) return { body: { body: htmlBody(`${html ?? toPlainHtml(description)}\r\n${joining}`) }, keep }
  return { body: { body: html === undefined ? textBody(description) : htmlBody(html) }, keep }
}

const htmlBody = (content: string): object => ({ contentType: 'html', content })
const textBody = (content: string): object => ({ contentType: 'text', content })

/** As much as content may have. */
const longestText = 262_144

function shownText(event: GraphEvent): string {
  const { contentType, content = '' } = event.body ?? {}
  const own = content.slice(0, joiningStart(event))
  if (contentType === 'html') return textIn(own).slice(0, longestText)
  return own.replaceAll(/\r\n?/g, '\n').trimEnd().slice(0, longestText)
}

function textIn(html: string): string {
  return (plainLines(html) ?? htmlToText(html)).replaceAll('\u00a0', ' ').trimEnd()
}

/** Exchange breaks lines of HTML where it likes. */
function keyOf(text: string): string {
  return digest('description', text.replaceAll(/\s+/g, ' ').trim())
}

/** Line breaks count in what people type into fields that also take HTML. */
function withBreaks(html: string): string {
  return /<(?:br|p|div|li|tr|table|pre|html|body)\b/i.test(html) ? html : html.replaceAll('\n', '<br>\r\n')
}

/** What Teams and the like put below the text; undefined where there is nothing. */
function joiningPart(event: GraphEvent): string | undefined {
  const { content = '' } = event.body ?? {}
  const start = joiningStart(event)
  if (start === undefined || event.body?.contentType !== 'html') return undefined
  const end = content.toLowerCase().lastIndexOf('</body>')
  return content.slice(start, end > start ? end : undefined).trim()
}

/**
 * Where the part begins that tells how to join: at a line of underscores, which may be missing, before what is marked as
 * made by the service or links to the meeting.
 */
function joiningStart({ body, isOnlineMeeting, onlineMeeting }: GraphEvent): number | undefined {
  const { content = '', contentType } = body ?? {}
  if (!isOnlineMeeting) return undefined
  const link = onlineMeeting?.joinUrl?.split('?')[0]
  const marks = [content.indexOf('class="me-email-'), link ? content.indexOf(link) : -1].filter((at) => at >= 0)
  if (marks.length === 0) return undefined
  const mark = Math.min(...marks)
  const line = content.lastIndexOf('_'.repeat(40), mark)
  const from = line < 0 ? mark : lineStart(content, line)
  if (contentType !== 'html') return from
  const block = content.lastIndexOf(line < 0 ? '<' : '<div', from)
  return block < 0 ? from : block
}

function lineStart(content: string, at: number): number {
  let start = at
  while (start > 0 && content[start - 1] === '_') start--
  return start
}
