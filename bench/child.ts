/** In a child: takes the input, answers with what `work` makes of it, and ends when the parent hangs up. */
export function answer<Input, Output>(work: (input: Input) => Promise<Output>): void {
  process.once('message', async (message) => {
    const output = await work((message as { input: Input }).input)
    process.send?.({ output })
  })
  process.once('disconnect', () => process.exit(0))
}
