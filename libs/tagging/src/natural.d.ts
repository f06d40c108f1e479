// natural types its root only, which must not be imported; its stemmers all have this shape.
declare module 'natural/lib/natural/stemmers/*' {
  const stemmer: { stem(token: string): string };
  export = stemmer;
}
