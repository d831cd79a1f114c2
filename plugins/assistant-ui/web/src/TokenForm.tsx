// Asks for the access token of a server that wants one.
import { keepToken } from "./token.ts";

interface Props {
  /** Whether the last token was wrong. */
  refused: boolean;
  onToken: () => void;
}

export function TokenForm({ refused, onToken }: Props) {
  const take = (form: FormData) => {
    const value = form.get("token");
    if (typeof value === "string") keepToken(value.trim());
    onToken();
  };
  return (
    <main className="notice">
      <form action={take}>
        <label htmlFor="token">Access token</label>
        <input id="token" name="token" type="password" autoComplete="current-password" required />
        {refused && <p role="alert">The server refuses this token.</p>}
        <button className="primary" type="submit">
          Go on
        </button>
      </form>
    </main>
  );
}
