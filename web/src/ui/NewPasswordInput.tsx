import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTexts } from "../texts";

/** A field for a new password, with the rule that most people need. The server knows all rules. */
export function NewPasswordInput(props: PasswordInputProps) {
  const { signIn } = useTexts();
  return (
    <PasswordInput
      label={signIn.newPassword}
      description={signIn.newPasswordText}
      autoComplete="new-password"
      minLength={12}
      maxLength={128}
      required
      withAsterisk={false}
      {...props}
    />
  );
}
