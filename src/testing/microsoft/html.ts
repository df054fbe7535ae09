/**
 * What Exchange makes of bodies: HTML gets a frame and Windows line ends, text becomes HTML, and what is dangerous goes.
 * The frames are those of answers of 2026; how text lines are written inside is a guess.
 */
export function keptBody(given: { readonly contentType?: string; readonly content?: string | null } | null): string {
  const content = given?.content ?? ''
  if (given?.contentType === 'html') return content.trim() === '' ? '' : framed(content)
  if (given === null || given.content === undefined || given.content === null) return ''
  const lines = content.replaceAll('\r\n', '\n').replace(/\n+$/, '').split('\n').map(escaped)
  const text = content.trim() === '' ? '&nbsp;' : lines.join('<br>\r\n')
  return `<html><head>${meta}\r\n<meta name="Generator" content="Microsoft Exchange Server">\r\n<!-- converted from text -->\r\n<style><!-- .EmailQuote { margin-left: 1pt; padding-left: 4pt; border-left: #800000 2px solid; } --></style></head>\r\n<body>\r\n<font size="2"><span style="font-size:11pt;"><div class="PlainText">${text}</div></span></font>\r\n</body>\r\n</html>\r\n`
}

/** A kept body as text, as whoever prefers text gets it. */
export function textOf(html: string): string {
  const body = /<body[^>]*>([\s\S]*?)<\/body>/i.exec(html)?.[1] ?? html
  const text = body
    .replace(/<!--[\s\S]*?-->|<style[\s\S]*?<\/style>|\r|\n/gi, '')
    .replace(/<br\s*\/?>|<\/(?:p|div|li|tr|h\d)>/gi, '\n')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\r\n')
    .trim()
}

/** The beginning of the text, as lists show it. */
export function previewOf(html: string): string {
  return textOf(html).slice(0, 255)
}

const meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'

function framed(content: string): string {
  const inner = (/<body[^>]*>([\s\S]*?)<\/body>/i.exec(content)?.[1] ?? content)
    .replace(/<script[\s\S]*?<\/script>/gi, '')
    .replace(/\son\w+="[^"]*"/gi, '')
    .replaceAll('\r\n', '\n')
    .trim()
    .replaceAll('\n', '\r\n')
  return `<html>\r\n<head>\r\n${meta}\r\n</head>\r\n<body>\r\n${inner}\r\n</body>\r\n</html>\r\n`
}

function escaped(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
