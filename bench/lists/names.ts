/** Names as a register in England has them, the commonest first; and parts that make the long tail of family names. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const givenNames = words(`
  Olivia Muhammad Amelia Oliver Sarah David Emma John Grace James Aisha Daniel Sophie Thomas Fatima William Chloe Michael Priya Robert
  Hannah Andrew Zainab Peter Emily Richard Lucy Mohammed Charlotte Stephen Rebecca Paul Maryam Mark Jessica Christopher Khadija Simon
  Katarzyna Matthew Laura Joseph Ngozi George Rachel Samuel Anna Adam Elizabeth Ben Chidinma Piotr Helen Ali Margaret Harry Susan Jack
  Siobhán Tomás Zoë Renée André José Łukasz Agnieszka Małgorzata Anjali Rajesh Sunita Arjun Deepa Vikram Kavita Imran Bilal Yusuf Amina
  Hassan Leila Omar Noor Ibrahim Adaeze Chinedu Folake Oluwaseun Kwame Ama Kofi Abena Tendai Rudo Thandi Blessing Precious Emmanuel
  Maria Ana João Rui Ioana Andrei Elena Mihai Cristina Giulia Luca Francesca Marco Ingrid Lars Astrid Björn Wei Li Mei Jing Xiu Hui Ming
  Joy Maricel Jerome Rowena Grzegorz Ewa Bogdan Vasile Gareth Rhian Owain Cerys Angharad Dylan Eilidh Hamish Fiona Ewan Morag Callum
  Niamh Ciarán Aoife Seán Orla Declan Patrick Kathleen Kevin Julie Karen Tracey Sharon Dawn Wendy Gillian Nicola Alison Catherine Victoria
  Natalie Leanne Stacey Kerry Ryan Liam Connor Nathan Kyle Jordan Aaron Luke Jamie Scott Craig Darren Wayne Lee Neil Ian Graham Keith`);

export const familyNames = words(`
  Smith Jones Williams Taylor Patel Brown Khan Davies Evans Wilson Thomas Roberts Johnson Ali Singh Walker Wright Robinson Thompson White
  Hughes Edwards Hussain Green Ahmed Begum Hall Wood Harris Lewis Martin Jackson Clarke Clark Turner Hill Scott Cooper Morris Ward Moore
  King Watson Baker Harrison Morgan Kaur Allen James Shah Mitchell Anderson Phillips Parker Lee Bennett Cox Young Miah Bailey Mohamed
  O'Brien O'Neill O’Connor Murphy Kelly Ryan Byrne McCarthy MacDonald McKenzie Campbell Stewart Robertson Fraser Okafor Adeyemi Okonkwo
  Eze Nwosu Ibrahim Mensah Owusu Boateng Asante Moyo Ndlovu Ncube Dube Sharma Gupta Mehta Desai Joshi Reddy Iyer Nair Menon Fernando
  Perera Silva Santos Ferreira Sousa Popescu Ionescu Dumitru Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński
  Szymański Wang Zhang Chen Liu Yang Huang Wu Zhou Nguyen Tran Reyes Cruz Bautista García Fernández Martínez López Müller Schröder Weiß
  Rossi Russo Ferrari Esposito Bianchi Jensen Nielsen Ørsted Lindqvist Åkesson Novák Svoboda Horváth Nagy Tóth Yılmaz Demir Şahin
  Smith-Jones Taylor-Clarke Bowen-Davies Ap-Rhys D'Souza D’Cruz Van-der-Berg St-John Price Griffiths Rees Owen Lloyd Jenkins Powell`);

/** With every ending, some thousands of family names: a register has many that few bear. */
export const beginnings = words(`
  Ash Aln Apple Bar Beck Bed Bent Birk Black Bold Brad Bram Brook Bux Cald Carl Ched Clay Cliff Cold Cran Crom Dar Dun East Ed Elm Ever
  Fair Farn Fen Fern Gar Glen Gold Grant Green Hale Ham Hard Hart Hazel Heath Hol Horn Hurst Kel Kings Kirk Lang Lin Long Mal Mars Mel
  Mid Mor Nor North Oak Old Pem Pen Pres Rad Raven Red Rock Rose Rother Sand Shel Ship Stan Stock Stone Sut Thorn Till Up Wal War Wat West
  Whit Wil Win Wood Wor Yar`);
export const endings = words(`
  all bank berry borne bourne bridge brook burn bury by combe cote croft dale den don fell field fold ford gate ham head hill house hurst
  land ley ling low man mere more ridge row shaw shire side stead sted stone stow thorpe thwaite ton tree wall ward water way well wick wood
  worth yard`);
