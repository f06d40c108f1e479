export {
  appImages,
  publicImages,
  type AppImage,
  type AppImageName,
  type PublicImage,
  type PublicImageName,
} from './catalogue.ts';
export { kafkaImage, nodeImage, redisImage } from './catalogue.ts';
export { answers, CommandFailed, run, type CommandOptions } from './command.ts';
export { ImageStore, type ReadyImage } from './images.ts';
export { cacheRoot, workspaceRoot } from './paths.ts';
export { silent, step } from './progress.ts';
