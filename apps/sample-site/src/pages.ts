import type { Page } from './page.ts';
import { alpineCycling } from './pages/alpine-cycling.ts';
import { bahnNachtzug } from './pages/bahn-nachtzug.ts';
import { chessEndgames } from './pages/chess-endgames.ts';
import { databaseIndexes } from './pages/database-indexes.ts';
import { derbyReport } from './pages/derby-report.ts';
import { fromageAffinage } from './pages/fromage-affinage.ts';
import { jazzTrio } from './pages/jazz-trio.ts';
import { jupiterMoons } from './pages/jupiter-moons.ts';
import { kaffeeRoesten } from './pages/kaffee-roesten.ts';
import { kubernetesAutoscaling } from './pages/kubernetes-autoscaling.ts';
import { marathonTraining } from './pages/marathon-training.ts';
import { pruningRoses } from './pages/pruning-roses.ts';
import { sourdoughBread } from './pages/sourdough-bread.ts';
import { taxFreelancers } from './pages/tax-freelancers.ts';

/** Every article, in the order of the index page. */
export const pages: readonly Page[] = [
  pruningRoses,
  databaseIndexes,
  derbyReport,
  sourdoughBread,
  jupiterMoons,
  alpineCycling,
  jazzTrio,
  taxFreelancers,
  kubernetesAutoscaling,
  chessEndgames,
  marathonTraining,
  kaffeeRoesten,
  bahnNachtzug,
  fromageAffinage,
];
