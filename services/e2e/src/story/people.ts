/** A person as the identity system of the story knows them. */
export interface Person {
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly employeeNumber: string;
  readonly userType: 'employee' | 'contractor';
  readonly title?: string;
  /** `false`: the source has no e-mail address. */
  readonly email?: false;
  readonly units: readonly string[];
  readonly primaryUnit?: string;
  /** Roles that the source names itself. Missing = no statement. */
  readonly roles?: readonly string[];
  readonly active?: boolean;
}

const person = (userName: string, employeeNumber: string, units: readonly string[], more: Partial<Person> = {}): Person => {
  const [givenName = '', familyName = ''] = userName.split('.').map((part) => part.charAt(0).toUpperCase() + part.slice(1));
  return { userName, givenName, familyName, employeeNumber, userType: 'employee', units, ...more };
};

/** Everybody who joins at the beginning. */
export const JOINERS: readonly Person[] = [
  person('anna.berg', '1001', ['1000']),
  person('ben.cole', '1002', ['1000', '1100'], { primaryUnit: '1000', title: 'Sales Manager' }),
  person('chloe.diaz', '1003', ['2000']),
  person('david.eze', '1004', ['2100']),
  person('emma.fox', '1005', ['3000'], { userType: 'contractor' }),
  person('felix.gray', '1006', ['1100'], { userType: 'contractor', title: 'Sales Manager' }),
  person('grace.hall', '1007', ['1000'], { roles: ['KEY_ACCOUNT', 'PAYROLL_ADMIN'] }),
  person('henry.ito', '1008', ['2000', '2100'], { primaryUnit: '2100' }),
  person('iris.jung', '1009', ['1100']),
  person('jonas.kern', '1010', ['2000'], { userType: 'contractor' }),
  person('karla.lund', '1011', ['2000']),
  person('liam.moss', '1012', ['3000']),
  person('nora.quist', '1013', ['1000'], { email: false }),
  person('omar.nash', '1014', ['2100']),
  person('paula.ruiz', '1015', ['1000', '2000'], { primaryUnit: '2000' }),
  person('quentin.roy', '1016', ['1100', '3000']),
  person('rosa.sanz', '1017', ['3000']),
  person('stefan.toth', '1018', ['2000', '3000'], { primaryUnit: '3000' }),
  { ...person('zoe.oneil', '1019', ['1000']), givenName: 'Zoë & Co <"x">', familyName: "O'Neil ]]> 🚀" },
];

/** Joins while Fieldglass is down. */
export const LATE_JOINER: Person = person('tara.ueda', '1020', ['1000', '2000'], { primaryUnit: '1000' });
