/** What the page tells, and of whom. */
interface Consent {
  readonly name: string
  readonly issuer: string
  /** What the application sent the person here with; goes back with the answer. */
  readonly asked: URLSearchParams
  readonly people: readonly { readonly email: string; readonly name: string }[]
  readonly words: readonly string[]
  /** Nothing can be allowed, and why. */
  readonly wrong?: string
}

/** The page of the fake service where a person chooses an account and says yes or no. Plain HTML, as such pages are. */
export function consentPage({ name, issuer, asked, people, words, wrong }: Consent): string {
  const hint = asked.get('login_hint')
  const chosen = people.find(({ email }) => email === hint) ?? people[0]
  const kept = [...asked].filter(([field]) => field !== 'account' && field !== 'answer')
  const hidden = kept.map(([field, value]) => `<input type="hidden" name="${text(field)}" value="${text(value)}">`)
  const choices = people.map(
    ({ email, name }) =>
      `<label class="account"><input type="radio" name="account" value="${text(email)}"${
        email === chosen?.email ? ' checked' : ''
      }><span><b>${text(name)}</b><span>${text(email)}</span></span></label>`,
  )
  const form = `<p>calweave would like to use your calendars.</p>
<form method="post" action="${text(new URL(`${issuer}/authorize`).pathname)}">
${hidden.join('\n')}
<fieldset><legend>Account</legend>${choices.join('')}</fieldset>
<h2>It will be able to</h2>
<ul>${words.map((one) => `<li>${text(one)}</li>`).join('')}</ul>
<p class="buttons"><button name="answer" value="no">Cancel</button><button name="answer" value="yes" class="yes">Allow</button></p>
</form>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(name)}: allow calweave?</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/consent.css">
</head>
<body>
<main>
<p class="service">${text(name)} <small>made for this demo, on this machine</small></p>
<h1>${wrong === undefined ? 'Allow calweave?' : 'This does not work'}</h1>
${wrong === undefined ? form : `<p>${text(wrong)}</p>`}
</main>
</body>
</html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (one) => entities[one] ?? '')
}
