/** Whether a header, parameter or member is one by which some servers take another method than the request's own. */
export function overridesMethod(name: string): boolean {
  return /^[_$]?(?:x-?)?(?:http-?)?method(?:-?override)?$/i.test(name);
}
