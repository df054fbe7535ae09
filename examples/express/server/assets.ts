import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { RequestHandler } from 'express'

const compress = promisify(brotliCompress)

/** What is text, and worth being made smaller. */
const texts: ReadonlySet<string> = new Set(['.js', '.css', '.svg'])

interface Asset {
  readonly whole: Buffer
  readonly small?: Buffer
}

/** Hands out the files of the pages, compressed once at the start. Those with a digest in their names never change. */
export async function assets(folder: string): Promise<RequestHandler> {
  const known = new Map<string, Asset>()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { parentPath, name } of files) {
    if (name === 'index.html') continue
    const path = join(parentPath, name)
    const whole = readFileSync(path)
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
    const small = texts.has(extname(name)) ? { small: await compress(whole, quality) } : {}
    known.set(path.slice(folder.length).replaceAll('\\', '/'), { whole, ...small })
  }
  return (request, response, next) => {
    const found = request.method === 'GET' || request.method === 'HEAD' ? known.get(request.path) : undefined
    if (!found) return next()
    const isSmall = found.small !== undefined && request.acceptsEncodings('br') === 'br'
    response
      .type(extname(request.path))
      .vary('accept-encoding')
      .set({
        'cache-control': request.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        ...(isSmall ? { 'content-encoding': 'br' } : {}),
      })
    response.send(isSmall ? found.small : found.whole)
  }
}
