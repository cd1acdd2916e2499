export function writeModelMonitor(_folder: string, _judged: unknown): void {}
