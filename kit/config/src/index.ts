export { processEnv } from './process-env.ts';
export { type Environment, type ReadOptions, type ReadSettings, readSettings } from './read-settings.ts';
export { defineSettings, type Refusal, type Setting, type Settings, type SettingsSchema, setting } from './setting.ts';
export { type SettingProblem, SettingsError } from './settings-error.ts';
export { settingsTable } from './settings-reference.ts';
export {
  choice,
  duration,
  durationBetween,
  isLoopback,
  type ListenAddress,
  listenAddress,
  nameList,
  size,
  urlOf,
  wholeNumber,
} from './values.ts';
