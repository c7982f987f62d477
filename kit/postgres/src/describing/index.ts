export {
  type ColumnShape,
  describeStatements,
  type ParameterShape,
  type StatementProblem,
  type StatementShape,
  type StatementShapes,
} from './describe-statements.ts';
