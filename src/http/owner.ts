/**
 * The part of a host name that belongs to one owner, as in `example.co.uk`; undefined for a name that is all suffix.
 *
 * An approximation of the registrable domain by its last two labels, or one more than a suffix below which strangers get
 * names. The whole Public Suffix List would cost every web host 48 kB compressed. What is listed here is what home
 * servers and small apps are found under, and it only makes the rule stricter: for a suffix that is missing, a server
 * that already has the password may name a neighbour to send it to.
 */
export function ownerOf(hostname: string): string | undefined {
  const labels = hostname.replace(/\.$/, '').split('.')
  const count = suffixLength(labels) + 1
  return labels.length < count ? undefined : labels.slice(-count).join('.')
}

function suffixLength(labels: readonly string[]): number {
  for (const length of [3, 2]) if (shared.has(labels.slice(-length).join('.'))) return length
  const country = labels.at(-1)?.length === 2 && secondLevel.has(labels.at(-2) ?? '')
  return country ? 2 : 1
}

/** Second-level labels under which countries register domains, as in `example.co.uk`. */
const secondLevel: ReadonlySet<string> = new Set([
  ...['ac', 'co', 'com', 'edu', 'gov', 'net', 'or', 'org', 'ne', 'gob', 'nom', 'asso', 'mil'],
])

const shared: ReadonlySet<string> = new Set([
  // what some countries have besides
  ...['me.uk', 'ltd.uk', 'plc.uk', 'nhs.uk', 'id.au', 'asn.au', 'gen.nz', 'geek.nz', 'school.nz', 'go.jp', 'gr.jp'],
  ...['ad.jp', 'in.th', 'go.th', 'web.id', 'my.id', 'go.id', 'go.kr', 're.kr', 'pe.kr', 'gv.at', 'ind.br', 'firm.in'],
  ...['eu.org', 'uk.com', 'us.com', 'eu.com', 'de.com', 'gb.net', 'za.com'],
  // names for home servers and storage boxes
  ...['duckdns.org', 'dynv6.net', 'synology.me', 'diskstation.me', 'dscloud.me', 'i234.me', 'myds.me', 'dscloud.biz'],
  ...['dsmynas.com', 'familyds.com', 'myqnapcloud.com', 'myfritz.net', 'ddns.net', 'no-ip.org', 'no-ip.biz'],
  ...['hopto.org', 'zapto.org', 'sytes.net', 'servebeer.com', 'myftp.org', 'freeddns.org', 'dyndns.org', 'homeip.net'],
  ...['dnsalias.com', 'homelinux.org', 'homeftp.net', 'spdns.de', 'goip.de', 'ddnss.de', 'dedyn.io', 'dynu.net'],
  ...['mywire.org', 'webredirect.org', 'nsupdate.info', 'ts.net', 'my-firewall.org', 'direct.quickconnect.to'],
  // names for apps and pages
  ...['github.io', 'gitlab.io', 'pages.dev', 'workers.dev', 'vercel.app', 'netlify.app', 'herokuapp.com', 'fly.dev'],
  ...['onrender.com', 'web.app', 'firebaseapp.com', 'appspot.com', 'a.run.app', 'azurewebsites.net', 'cloudfront.net'],
  ...['blogspot.com', 'ngrok.io', 'ngrok.app', 'trycloudflare.com', 'deno.dev', 'up.railway.app', 'uber.space'],
])
