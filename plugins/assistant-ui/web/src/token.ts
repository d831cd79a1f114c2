// The access token, if the server wants one: kept for this tab only.
const KEY = "jackfield-token";

export const token = (): string | null => sessionStorage.getItem(KEY);

export const keepToken = (value: string): void => {
  sessionStorage.setItem(KEY, value);
};
