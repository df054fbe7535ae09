import type { RequestHandler } from 'express'

/**
 * What every answer says to browsers: nothing from elsewhere, no inline script or style, no frames around us, no referrer
 * to others. `form-action` also covers where a form's answer redirects to.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  next()
}

/** One address only: a page of somebody else that points a name of theirs at this machine gets nothing. */
export function onlyAt(origin: string): RequestHandler {
  const { host } = new URL(origin)
  return (request, response, next) => {
    if (request.headers.host === host) next()
    else if (request.method === 'GET' && isLoopback(request.hostname))
      response.redirect(302, origin + request.originalUrl)
    else response.status(421).type('text').send('This demo answers at its own address only.')
  }
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '127.0.0.1' || name === '[::1]'
}

/** Changes come from our own pages: browsers say where a request comes from, and a form of another site cannot lie. */
export const sameOriginOnly: RequestHandler = (request, response, next) => {
  const site = request.get('sec-fetch-site')
  const origin = request.get('origin')
  const isOurs =
    (site === undefined || site === 'same-origin') &&
    (origin === undefined || origin.endsWith(`://${request.headers.host}`))
  if (isOurs) next()
  else response.status(403).type('text').send('This can be asked from the pages of the demo only.')
}
