/** Stands in for `@daily-co/daily-js`, which this page never uses; see `vite.config.ts`. */
export default {};
