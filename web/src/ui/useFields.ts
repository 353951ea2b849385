import { type ChangeEvent, type FormEvent, useState } from "react";

/**
 * Returns the texts of a small form, the properties of its fields, and what its submit does:
 * `<TextInput {...form.field("email")} />`. Pages for strangers use it, which load no library of forms.
 */
export function useFields<Values extends Record<string, string>>(initial: Values) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Record<string, string>>({});
  return {
    values,
    setErrors,
    set: (change: Partial<Values>) => setValues((before) => ({ ...before, ...change })),
    field: (name: keyof Values & string) => ({
      value: values[name] as string,
      error: errors[name],
      onChange: ({ currentTarget: { value } }: ChangeEvent<HTMLInputElement>) => {
        setValues((before) => ({ ...before, [name]: value }));
        setErrors(({ [name]: _, ...others }) => others);
      },
    }),
    submit: (act: (values: Values) => void) => (event: FormEvent) => {
      event.preventDefault();
      act(values);
    },
  };
}
