export { createOperator, type Operator, type OperatorOptions } from './process/operator.ts';
export { reasons, type Reason } from './reasons.ts';
