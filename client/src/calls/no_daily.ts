/** Stands in for `@daily-co/daily-js` in all transports but Daily's; see `vite.config.ts`. */
export default {};
