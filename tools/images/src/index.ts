export {
  appImages,
  publicImages,
  type AppImage,
  type AppImageName,
  type PublicImage,
  type PublicImageName,
} from './catalogue.ts';
export { kafkaImage, nodeImage, redisImage } from './catalogue.ts';
export { answers } from './command.ts';
export { ImageStore, type ReadyImage } from './images.ts';
export { workspaceRoot } from './paths.ts';
export { step } from './progress.ts';
