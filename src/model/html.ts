import { compile, type FormatCallback } from 'html-to-text'

/** Whether a text is written in HTML. Angle brackets alone do not make it so: `a < b`, `<ada@example.com>`. */
export function looksLikeHtml(text: string): boolean {
  return text.includes('<') && tag.test(text)
}

/**
 * What a person reads in a browser, as text. Links keep their address, pictures, styles and scripts are left out, and so
 * is what lies deeper or further than any sensible text. Never throws.
 */
export function htmlToText(html: string): string {
  try {
    return convert(html.slice(0, longestHtml)).trim()
  } catch {
    // A parser has its limits; what was written is better than nothing.
    return html.slice(0, longestHtml).replaceAll(/<[^<>]*>/g, ' ')
  }
}

/** No part of it can match in two ways, so it takes time in proportion to the text. */
const tag =
  /<\/?(?:a|b|body|blockquote|br|code|div|em|font|h[1-6]|head|hr|html|i|img|li|meta|ol|p|pre|span|strong|style|sub|sup|table|tbody|td|th|tr|u|ul)(?:[\s/][^<>]*)?>/i

const longestHtml = 200_000

const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder)
  builder.addInline(' ')
}

const heading = { uppercase: false }

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: 100, ellipsis: '…' },
  formatters: { cell },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, pathRewrite: webOrMail } },
    { selector: 'img', format: 'skip' },
    { selector: 'head', format: 'skip' },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: heading })),
  ],
})

/** Addresses that a person can do something with, as text. */
function webOrMail(address: string): string {
  return /^(https?:|mailto:)/i.test(address) ? address : ''
}
