/** True where the program says that it is in production: there a worker refuses what it mends elsewhere. */
export function inProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}
