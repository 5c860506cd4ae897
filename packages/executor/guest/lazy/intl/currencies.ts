/**
 * Currencies as English writes them, from CLDR 48: the tables that `Intl.NumberFormat` of an engine with full data shows.
 * A code that is missing has two digits, and is its own symbol and name.
 */

/** What sets a currency apart in the default display. */
const SYMBOLS =
  'AUD A$|BRL R$|CAD CA$|CNY CN\u00a5|EUR \u20ac|GBP \u00a3|HKD HK$|ILS \u20aa|INR \u20b9|JPY \u00a5|KRW \u20a9|MXN MX$' +
  '|' +
  'NZD NZ$|PHP \u20b1|TWD NT$|USD $|VND \u20ab|XAF FCFA|XCD EC$|XCG Cg.|XOF F\u202fCFA|XPF CFPF';

/** Where `currencyDisplay: 'narrowSymbol'` differs from that. */
const NARROW_SYMBOLS =
  'AFN \u060b|AMD \u058f|AOA Kz|ARS $|AUD $|AZN \u20bc|BAM KM|BBD $|BDT \u09f3|BMD $|BND $|BOB Bs|BSD $|BWP P|BZD $|CAD $' +
  '|' +
  'CLP $|CNY \u00a5|COP $|CRC \u20a1|CUC $|CUP $|CZK K\u010d|DKK kr|DOP $|EGP E\u00a3|FJD $|FKP \u00a3|GEL \u20be' +
  '|' +
  'GHS GH\u20b5|GIP \u00a3|GNF FG|GTQ Q|GYD $|HKD $|HNL L|HRK kn|HUF Ft|IDR Rp|ISK kr|JMD $|KGS \u20c0|KHR \u17db|KMF CF' +
  '|' +
  'KPW \u20a9|KYD $|KZT \u20b8|LAK \u20ad|LBP L\u00a3|LKR Rs|LRD $|MGA Ar|MMK K|MNT \u20ae|MUR Rs|MXN $|MYR RM|NAD $' +
  '|' +
  'NGN \u20a6|NIO C$|NOK kr|NPR Rs|NZD $|PKR Rs|PLN z\u0142|PYG \u20b2|RON lei|RUB \u20bd|RWF RF|SBD $|SEK kr|SGD $' +
  '|' +
  'SHP \u00a3|SRD $|SSP \u00a3|STN Db|SYP \u00a3|THB \u0e3f|TOP T$|TRY \u20ba|TTD $|TWD $|UAH \u20b4|UYU $|XCD $|ZAR R' +
  '|' +
  'ZMW ZK';

const WITHOUT_FRACTION =
  'AFN ALL BIF CLP COP DJF GNF HUF IDR IQD IRR ISK JPY KMF KPW KRW LAK LBP MGA MMK PKR PYG RWF SLL SOS SYP UGX ' +
  'VND VUV XAF XOF XPF YER';
const WITH_THREE_DIGITS = 'BHD JOD KWD LYD OMR TND';

/** Code, singular, and the plural where it is not the singular with an s (nothing after the bar: the same again). */
const NAMES = `
AED UAE dirham
AFN Afghan Afghani
ALL Albanian lek|Albanian lek\u00eb
AMD Armenian dram
ANG Netherlands Antillean guilder
AOA Angolan kwanza
ARS Argentine peso
AUD Australian dollar
AWG Aruban florin|
AZN Azerbaijani manat
BAM Bosnia-Herzegovina convertible mark
BBD Barbadian dollar
BDT Bangladeshi taka
BGN Bulgarian lev|Bulgarian leva
BHD Bahraini dinar
BIF Burundian franc
BMD Bermudan dollar
BND Brunei dollar
BOB Bolivian boliviano
BRL Brazilian real
BSD Bahamian dollar
BTN Bhutanese ngultrum
BWP Botswanan pula
BYN Belarusian ruble
BZD Belize dollar
CAD Canadian dollar
CDF Congolese franc
CHF Swiss franc
CLP Chilean peso
CNY Chinese yuan|
COP Colombian peso
CRC Costa Rican col\u00f3n
CUC Cuban convertible peso
CUP Cuban peso
CVE Cape Verdean escudo
CZK Czech koruna
DJF Djiboutian franc
DKK Danish krone|Danish kroner
DOP Dominican peso
DZD Algerian dinar
EGP Egyptian pound
ERN Eritrean nakfa
ETB Ethiopian birr
EUR euro
FJD Fijian dollar
FKP Falkland Islands pound
GBP British pound
GEL Georgian lari
GHS Ghanaian cedi
GIP Gibraltar pound
GMD Gambian dalasi
GNF Guinean franc
GTQ Guatemalan quetzal
GYD Guyanaese dollar
HKD Hong Kong dollar
HNL Honduran lempira
HRK Croatian kuna
HTG Haitian gourde
HUF Hungarian forint
IDR Indonesian rupiah
ILS Israeli new shekel
INR Indian rupee
IQD Iraqi dinar
IRR Iranian rial
ISK Icelandic kr\u00f3na|Icelandic kr\u00f3nur
JMD Jamaican dollar
JOD Jordanian dinar
JPY Japanese yen|
KES Kenyan shilling
KGS Kyrgyz som
KHR Cambodian riel
KMF Comorian franc
KPW North Korean won|
KRW South Korean won|
KWD Kuwaiti dinar
KYD Cayman Islands dollar
KZT Kazakhstani tenge
LAK Laotian kip
LBP Lebanese pound
LKR Sri Lankan rupee
LRD Liberian dollar
LSL Lesotho loti
LYD Libyan dinar
MAD Moroccan dirham
MDL Moldovan leu|Moldovan lei
MGA Malagasy ariary|Malagasy ariaries
MKD Macedonian denar|Macedonian denari
MMK Myanmar kyat
MNT Mongolian tugrik
MOP Macanese pataca
MRU Mauritanian ouguiya
MUR Mauritian rupee
MVR Maldivian rufiyaa
MWK Malawian kwacha
MXN Mexican peso
MYR Malaysian ringgit
MZN Mozambican metical
NAD Namibian dollar
NGN Nigerian naira
NIO Nicaraguan c\u00f3rdoba
NOK Norwegian krone|Norwegian kroner
NPR Nepalese rupee
NZD New Zealand dollar
OMR Omani rial
PAB Panamanian balboa
PEN Peruvian sol|Peruvian soles
PGK Papua New Guinean kina|
PHP Philippine peso
PKR Pakistani rupee
PLN Polish zloty
PYG Paraguayan guarani
QAR Qatari riyal
RON Romanian leu|Romanian lei
RSD Serbian dinar
RUB Russian ruble
RWF Rwandan franc
SAR Saudi riyal
SBD Solomon Islands dollar
SCR Seychellois rupee
SDG Sudanese pound
SEK Swedish krona|Swedish kronor
SGD Singapore dollar
SHP St. Helena pound
SLE Sierra Leonean leone
SLL Sierra Leonean leone (1964\u20142022)|Sierra Leonean leones (1964\u20142022)
SOS Somali shilling
SRD Surinamese dollar
SSP South Sudanese pound
STN S\u00e3o Tom\u00e9 & Pr\u00edncipe dobra
SVC Salvadoran col\u00f3n|Salvadoran colones
SYP Syrian pound
SZL Swazi lilangeni|Swazi emalangeni
THB Thai baht|
TJS Tajikistani somoni
TMT Turkmenistani manat|
TND Tunisian dinar
TOP Tongan pa\u02bbanga|
TRY Turkish lira|Turkish Lira
TTD Trinidad & Tobago dollar
TWD New Taiwan dollar
TZS Tanzanian shilling
UAH Ukrainian hryvnia
UGX Ugandan shilling
USD US dollar
UYU Uruguayan peso
UZS Uzbekistani som|
VES Venezuelan bol\u00edvar
VND Vietnamese dong|
VUV Vanuatu vatu
WST Samoan tala|
XAF Central African CFA franc
XCD East Caribbean dollar
XCG Caribbean guilder
XDR special drawing rights|
XOF West African CFA franc
XPF CFP franc
XSU Sucre
YER Yemeni rial
ZAR South African rand|
ZMW Zambian kwacha
ZWG Zimbabwean gold|
ZWL Zimbabwean dollar (2009\u20132024)|Zimbabwean dollars (2009\u20132024)
`;

function parseTable(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('|').map((entry) => [entry.slice(0, 3), entry.slice(4)]));
}

let symbols: ReadonlyMap<string, string> | undefined;
let narrowSymbols: ReadonlyMap<string, string> | undefined;
let names: ReadonlyMap<string, string> | undefined;

/** How many digits amounts of the currency have after the point. */
export function currencyDigits(code: string): number {
  if (WITHOUT_FRACTION.includes(code)) return 0;
  return WITH_THREE_DIGITS.includes(code) ? 3 : 2;
}

export function currencySymbol(code: string, isNarrow: boolean): string {
  symbols ??= parseTable(SYMBOLS);
  narrowSymbols ??= parseTable(NARROW_SYMBOLS);
  return (isNarrow ? narrowSymbols.get(code) : undefined) ?? symbols.get(code) ?? code;
}

export function currencyName(code: string, isOne: boolean): string {
  names ??= new Map(
    NAMES.trim()
      .split('\n')
      .map((line) => [line.slice(0, 3), line.slice(4)]),
  );
  const [singular = code, plural] = (names.get(code) ?? `${code}|`).split('|');
  if (isOne || plural === '') return singular;
  return plural ?? `${singular}s`;
}
