/** The token of every server here. */
export const TOKEN = 'a-token-for-tests';

/** What a driver says to them. */
export const AUTHORIZATION: string = `Bearer ${TOKEN}`;
