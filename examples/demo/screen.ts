import { styleText } from 'node:util'

const { stdout } = process
let steps = 0

/** Begins a step of the story. */
export function step(title: string): void {
  stdout.write(`\n${styled('bold', `${++steps}. ${title}`)}\n`)
}

/** One line that says what happens. */
export function say(text: string): void {
  stdout.write(`${`   ${text}`.trimEnd()}\n`)
}

/** Something to look at, indented. */
export function show(title: string, block: string): void {
  stdout.write(`\n   ${styled('underline', title)}\n${block.replace(/^(?=.)/gm, '   ')}\n`)
}

/** A line that is written over again and again. Where the output is no terminal, only the end of it would be of use. */
export function liveLine(): { update(text: string): void; end(): void } {
  if (!stdout.isTTY) return { update: () => undefined, end: () => undefined }
  return {
    update: (text) => void stdout.write(`\r\u001b[K   ${text.slice(0, (stdout.columns || 80) - 4)}`),
    end: () => void stdout.write('\r\u001b[K'),
  }
}

/** Plain where the output is no terminal, and where NO_COLOR is set. */
function styled(format: 'bold' | 'underline', text: string): string {
  return styleText(format, text, { stream: stdout })
}
