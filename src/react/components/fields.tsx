import { type ReactNode, useId } from 'react'

interface FieldProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly problem?: string | undefined
}

/** One of some values. */
export function SelectField<V extends string>(
  props: FieldProps & {
    readonly value: V
    readonly options: Readonly<Record<V, string>> | readonly (readonly [V, string])[]
    readonly onChange: (value: V) => void
  },
): ReactNode {
  const { label, value, options, onChange, ...more } = props
  const entries = (Array.isArray(options) ? options : Object.entries(options)) as readonly (readonly [V, string])[]
  return (
    <Field label={label} {...more}>
      {(id) => (
        <select {...id} value={value} onChange={({ target }) => onChange(target.value as V)}>
          {entries.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** A line of text, a number, a password ... */
export function TextField(
  props: FieldProps & {
    readonly value: string
    readonly onChange: (value: string) => void
    readonly type?: string
    readonly isRequired?: boolean
    readonly name?: string
    readonly autoComplete?: string
    readonly min?: number
  },
): ReactNode {
  const { label, hint, problem, onChange, isRequired = false, type = 'text', ...rest } = props
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id) => (
        <input {...id} {...rest} type={type} required={isRequired} onChange={({ target }) => onChange(target.value)} />
      )}
    </Field>
  )
}

/** On or off. */
export function CheckField(props: {
  readonly label: ReactNode
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly hint?: ReactNode
}): ReactNode {
  const { label, isOn, onChange, hint } = props
  return (
    <label data-cw-part="check">
      <input type="checkbox" checked={isOn} onChange={({ target }) => onChange(target.checked)} />
      <span>{label}</span>
      {hint && <small data-cw-part="hint">{hint}</small>}
    </label>
  )
}

/** Why something did not work; read out at once. */
export function Problem({ problem }: { readonly problem: { readonly message: string } | undefined }): ReactNode {
  return (
    problem && (
      <p role="alert" data-cw-part="problem">
        {problem.message}
      </p>
    )
  )
}

interface FieldIds {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: true
}

function Field(props: FieldProps & { readonly children: (ids: FieldIds) => ReactNode }): ReactNode {
  const { label, hint, problem, children } = props
  const id = useId()
  const said = problem ?? hint
  return (
    <div data-cw-part="field" data-state={problem === undefined ? undefined : 'invalid'}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(said === undefined ? {} : { 'aria-describedby': `${id}-hint` }),
        ...(problem === undefined ? {} : { 'aria-invalid': true }),
      })}
      {said !== undefined && (
        <small id={`${id}-hint`} data-cw-part="hint">
          {said}
        </small>
      )}
    </div>
  )
}
