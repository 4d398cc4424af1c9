/**
 * Parts of which most of the passwords are made that everybody tries first: words and names of the lists of leaked ones,
 * here with what Chinese users type. Together with numbers, years and keyboard rows they give all common passwords that
 * are long enough to pass otherwise, which is more than any list of them has.
 */
const WORDS = `
  password passwort passwd passw0rd passphrase passcode pass pwd parola contrasena senha mima mimashi wodemima
  admin administrator root superuser super user username guest test tester testing demo default login logon signin
  welcome hello hallo hola nihao changeme change letmein open opensesame sesame secret private access master manager
  system server service support finance viewer operator office company business shop store cashier payment money bank
  wechat weixin alipay zhifubao taobao tencent baidu huawei xiaomi google facebook twitter linkedin microsoft windows
  apple iphone samsung android internet network computer laptop desktop database oracle mysql redis linux ubuntu cisco
  iloveyou ilove iloveu loveyou love lover lovely forever always baby babygirl babyboy honey sweet sweetheart darling
  angel princess prince queen king sunshine sunflower flower flowers butterfly rainbow summer winter spring autumn
  monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
  october november december monkey dragon tiger lion panda bear eagle falcon phoenix wolf shark horse pony kitty kitten
  puppy doggy chicken banana orange cherry strawberry chocolate cookie cookies pepper ginger cheese coffee vanilla
  football baseball basketball soccer hockey tennis golf gaming gamer player games killer hunter ranger hacker ninja
  samurai batman superman spiderman ironman starwars startrek skywalker pokemon pikachu naruto mario zelda minecraft
  matrix merlin gandalf shadow thunder lightning storm freedom liberty america american england london paris berlin
  china zhongguo beijing shanghai shenzhen guangzhou hangzhou hongkong taiwan japan tokyo korea india brazil mexico
  canada australia michael michelle jennifer jessica jordan joshua daniel andrew matthew anthony robert thomas william
  charlie ashley amanda nicole samantha elizabeth alexander alexandra christian christina jonathan benjamin patrick
  jackson taylor austin george harley maggie buster mustang ferrari porsche mercedes corvette toyota honda yamaha
  harrypotter metallica blink liverpool arsenal chelsea barcelona realmadrid juventus manchester united
  fuckyou fuckoff fuck shit bitch whatever nothing trustno trustnoone trust nobody somebody everybody family friends
  friend mother father daddy mommy sister brother jesus christ god blessed heaven church
  woaini aini wobuaini wode baobao laopo laogong mama baba gege jiejie didi meimei tiantian xiaoxiao zhanghao dengni
  wang zhang liu chen yang zhao huang zhou woshishui woaiwojia jiayou gongxi facai gongxifacai xingfu kuaile
  china asdf zxcv qwer qwert azerty qwertz abc abcd xyz aaa one two three four five six seven eight nine zero
  the is my your you me and for not now new old this that good best first last day night year home house life world
  shouyin shou yin`

export const COMMON_WORDS: readonly string[] = [...new Set(WORDS.split(/\s+/).filter((word) => word.length > 1))]

/** Neighbours on a keyboard, in both directions. */
const ROWS = [
  '1234567890',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  '!@#$%^&*()_+',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'qazwsxedcrfvtgbyhnujmikolp',
  'qweasdzxc',
  '147258369',
  '123456789963852741',
]
export const KEYBOARD_ROWS: readonly string[] = ROWS.flatMap((row) => [row, Array.from(row).toReversed().join('')])

/** Numbers that mean something to many: years, and what sounds like a wish. */
export const COMMON_NUMBERS: readonly string[] = [
  ...Array.from({ length: 100 }, (_, n) => String(1950 + n)),
  ...'520 521 1314 5201314 888 666 168 518 911 007 69 42 88 66 10 12'.split(' '),
]
