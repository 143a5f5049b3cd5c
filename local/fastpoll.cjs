// Local cloud only: the CDK CLI asks CloudFormation every 5 s; the emulator is done in 0.1 s.
const original = globalThis.setTimeout;
globalThis.setTimeout = (callback, delay, ...rest) => original(callback, delay === 5000 ? 250 : delay, ...rest);
