/** The Worker as `wrangler deploy` puts it up: all of it is in the package, and what differs is in wrangler.jsonc. */
export { default, IsomuxConnections } from '@isomux/cloudflare/worker';
